"""`maas help`: what people need to know where they have no documents."""

import click

from maas_client.cli.operations import App, operation

_TOPICS = {
    "formats": """\
Served: predictions run files of ONNX.

Kept, to be pulled by others: safetensors, skops, XGBoost (JSON and UBJ), LightGBM (text), GGUF and TFLite.
Beside them in a folder: text, JSON, YAML, Markdown, CSV, Parquet, PNG and JPEG.

Refused: every pickle (.pkl, joblib, .pt, .pth, arrays of objects in .npy), HDF5 and .keras, archives, and .pt2.
A pickle can run code when it is loaded. What to do instead:

scikit-learn, XGBoost, LightGBM, PyTorch: push the object itself. It is converted and compared here.
    maas push train.py:model iris --bump minor --example flowers.csv
or from Python:
    from maas_client import Client       # installed with the extra onnx, or torch
    with Client() as client:
        client.push(model, model="iris", bump="minor", example=X[:20])
Keras: model.export("model.onnx", format="onnx"), then maas push model.onnx iris --bump minor
CatBoost: model.save_model("model.onnx", format="onnx"), then push the file
Weights alone: safetensors.torch.save_file(model.state_dict(), "model.safetensors"), then push the file
scikit-learn as it is: skops.io.dump(model, "model.skops"), then push the file
""",
}


@operation(None, "help", "maas help formats")
@click.argument("topic", type=click.Choice([*_TOPICS]))
def help_about(app: App, topic: str) -> None:  # noqa: ARG001 - every command has an app
    """Tell about formats: which files are served, kept and refused, and what to do instead."""
    click.echo(_TOPICS[topic], nl=False)
