"""Stack traces of the ActiveMQ story: the lines that follow a log line."""

from __future__ import annotations


def _frames(*frames: tuple[str, str, int]) -> tuple[str, ...]:
    """Lines of a trace, from class, method and line number."""
    lines = []
    for owner, method, line in frames:
        source = owner.rpartition(".")[2].partition("$")[0]
        lines.append(f"\tat {owner}.{method}({source}.java:{line})")
    return tuple(lines)


CERTIFICATE = (
    "javax.net.ssl.SSLHandshakeException: PKIX path validation failed",
    *_frames(
        ("java.base/sun.security.ssl.Alert", "createSSLException", 131),
        ("java.base/sun.security.ssl.TransportContext", "fatal", 371),
        ("java.base/sun.security.ssl.SSLSocketImpl", "startHandshake", 458),
        ("org.apache.activemq.transport.tcp.TcpBufferedInputStream", "fill", 50),
        ("org.apache.activemq.transport.tcp.TcpTransport", "readCommand", 233),
        ("org.apache.activemq.transport.tcp.TcpTransport", "doRun", 225),
        ("org.apache.activemq.transport.tcp.TcpTransport", "run", 208),
        ("java.base/java.lang.Thread", "run", 840),
    ),
    "Caused by: java.security.cert.CertPathValidatorException: validity check failed",
    *_frames(
        ("java.base/sun.security.provider.certpath.PKIXMasterCertPathValidator", "validate", 135),
        ("java.base/sun.security.provider.certpath.PKIXCertPathValidator", "validate", 224),
    ),
    "\t... 7 more",
)
"""A client whose certificate has run out."""

PAGE_IN = (
    "java.io.IOException: Could not locate data file /opt/activemq/data/kahadb/db-118.log",
    *_frames(
        ("org.apache.activemq.store.kahadb.disk.journal.Journal", "getDataFile", 950),
        ("org.apache.activemq.store.kahadb.disk.journal.Journal", "read", 977),
        ("org.apache.activemq.store.kahadb.MessageDatabase", "load", 1180),
        ("org.apache.activemq.store.kahadb.KahaDBStore", "loadMessage", 1442),
        ("org.apache.activemq.broker.region.cursors.AbstractStoreCursor", "fillBatch", 324),
        ("org.apache.activemq.broker.region.cursors.AbstractStoreCursor", "reset", 173),
        ("org.apache.activemq.broker.region.Queue", "doPageInForDispatch", 2054),
        ("org.apache.activemq.broker.region.Queue", "pageInMessages", 2313),
        ("org.apache.activemq.broker.region.Queue", "iterate", 1723),
        ("org.apache.activemq.thread.PooledTaskRunner", "runTask", 133),
    ),
)
"""A queue whose journal file is gone."""
