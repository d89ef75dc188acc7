EXTRA_DIST += doc/ARCHITECTURE.md doc/performance.md doc/detection.md doc/SECURITY.md doc/security-tests.md doc/conformance.md
