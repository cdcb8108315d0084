"""A whole world in virtual time: people, documents, a tracker that lags and loses answers, and a daemon that is killed.

One integer replays a run (`life.live`). Nothing here sleeps, opens a file or a socket.
"""
