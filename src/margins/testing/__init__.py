"""Fakes of the ports and corpus readers: shipped, so that adapters elsewhere can be tested too."""
