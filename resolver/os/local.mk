libresolver_a_SOURCES +=
