"""The watchers of predictions that every process which predicts has, made from its settings."""

from maas.adapters.aws.captures import S3Captures
from maas.adapters.aws.feedback import DynamoFeedback
from maas.adapters.aws.sketch_writer import DynamoSketchWriter
from maas.adapters.sketches.lazy import LazySketches
from maas.platform.environment import read
from maas.platform.settings.monitoring import MonitoringSettings
from maas.platform.settings.objects import ObjectSettings
from maas.platform.settings.predictions import FeedbackSettings, SamplingSettings
from maas.services.capturing import CapturingPredictions
from maas.services.keeping_predictions import KeepingPredictions
from maas.services.watching import SketchWatcher


def sketching() -> SketchWatcher:
    """Measures predictions for monitoring."""
    measured = read(MonitoringSettings)
    store = DynamoSketchWriter(measured.table, measured.endpoint)
    return SketchWatcher(LazySketches(), store, share=read(SamplingSettings).percent / 100)


def keeping(sample_max: int | None = None) -> list[KeepingPredictions]:
    """Keeps predictions for feedback: `sample_max` of a flush, by default the setting's. None at all if that is 0."""
    measured, kept = read(MonitoringSettings), read(FeedbackSettings).kept
    store = DynamoFeedback(measured.table, measured.endpoint)
    return [KeepingPredictions(store, sample_max or kept)] if kept else []


def capturing(rows_max: int | None = None) -> CapturingPredictions:
    """Stores inputs where their models' owners want it: of the first `rows_max` rows of a call, by default of all."""
    objects = read(ObjectSettings)
    return CapturingPredictions(S3Captures(objects.bucket, objects.endpoint), rows_max=rows_max)
