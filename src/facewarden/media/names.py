"""Names that promise a picture or a video: such a file in a folder is never passed over in silence."""

from __future__ import annotations

PROMISING = frozenset(
    {
        *(".jpg", ".jpeg", ".jpe", ".jfif", ".png", ".apng", ".webp", ".avif", ".heic", ".heif", ".hif"),
        *(".gif", ".bmp", ".dib", ".tif", ".tiff", ".jxl"),
        *(".mp4", ".m4v", ".mov", ".qt", ".mkv", ".webm", ".avi", ".3gp", ".3g2", ".wmv", ".flv"),
        *(".mpg", ".mpeg", ".mts", ".m2ts", ".ogv"),
    }
)
