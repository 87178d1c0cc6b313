"""Episode files of other systems, read and written; see `docs/episode_files.md`."""
