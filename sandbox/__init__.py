"""The tenant on a laptop: simulated Microsoft 365, Functions host, workflow runner, replay."""
