"""The only writer of people's documents: `plan` decides on one document (pure), `reports` does it for a source."""
