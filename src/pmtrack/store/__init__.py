"""What is remembered between two runs. Rows in, model values out; nothing above sees SQLModel.

`database` writes and reads it; `read` is the light way for reports.
"""
