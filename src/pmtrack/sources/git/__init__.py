"""A branch of a git repository as a place where documents live.

A run fetches into a cached clone, compares blob ids, and reads what differs; what it writes becomes one commit on top
of the branch, pushed only if the branch stands where it was seen. There is no working tree, so nothing is checked out,
merged or filtered: documents are the bytes of their blobs.
"""
