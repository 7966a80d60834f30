"""Property tests have no deadline: a busy machine must not make them fail."""

from hypothesis import settings

settings.register_profile("freiton", deadline=None)
settings.load_profile("freiton")
