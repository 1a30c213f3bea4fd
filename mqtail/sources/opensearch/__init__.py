"""Reading logs that are delivered to an index of OpenSearch."""

from mqtail.sources.opensearch.domain import Domain, find_domain
from mqtail.sources.opensearch.index import Index
from mqtail.sources.opensearch.reader import OpenSearchReader

__all__ = ["Domain", "Index", "OpenSearchReader", "find_domain"]
