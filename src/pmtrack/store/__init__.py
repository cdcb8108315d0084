"""What is remembered between two runs. Rows in, model values out; nothing above sees SQLModel.

`database` opens it, `reader` asks it and `writer` changes it; `journal` and `outbox` are what accounts asked and what
was sent. `lock` keeps a second sync out of a file, `leases` share a server's sources among workers; `read` is the
light way for reports, `backup` a copy. Below: `tables` and `values` (what a row holds), `opening`, `engine` and
`migrations` (how it is written), `look` (how it is read), `place` (where it is, and what its failures mean), and in
`postgres`, `dialects` and `dbtime` what PostgreSQL wants otherwise than SQLite.
"""
