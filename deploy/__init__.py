"""How Tocsin is put together and run: settings, wiring, the ``tocsin`` command, Kafka, dashboards."""
