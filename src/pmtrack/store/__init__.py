"""What is remembered between two runs. Rows in, model values out; nothing above sees SQLModel.

`database` opens and writes it, `reader` asks it, `lock` keeps a second sync out; `read` is the light way for reports.
Below: `tables` and `values` (what a row holds), `engine` and `look` (how SQLite is written and read), `place` (where
it is, and what its failures mean), `migrations`.
"""
