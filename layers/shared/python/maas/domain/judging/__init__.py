"""The judgement of rollouts: figures of both sides, tests, and verdicts."""
