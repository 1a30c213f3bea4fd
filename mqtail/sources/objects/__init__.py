"""Reading logs that are delivered as S3 objects."""

from mqtail.sources.objects.reader import ObjectsReader, msk_reader
from mqtail.sources.objects.records import Piece, piece_of

__all__ = ["ObjectsReader", "Piece", "msk_reader", "piece_of"]
