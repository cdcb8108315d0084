"""A day and more of the daemon in virtual time: the daemon in a process of its own, everything else in this one.

So what is measured there is pmtrack's alone: its memory, its files, its threads. The tracker is the one of the
simulation (`support.simulation.board`), with all that goes wrong there; documents are files, and the store is SQLite's.
Nothing waits: whoever asks the tracker lets time pass, and between two rounds it is moved on (`Story`).
"""
