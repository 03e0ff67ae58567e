import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';

/**
 * The metrics of one process, in the text format of Prometheus. Names of labels and their values are few and
 * fixed: no id, no name.
 */
export type Metrics = Registry;

/** Seconds; from what an index answers to what a person gives up on. */
const DURATION_SECONDS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];
/** Seconds; from a slot that was free to a night. */
const WAIT_SECONDS = [0.02, 0.1, 0.5, 1, 5, 15, 60, 300, 1_800, 7_200, 43_200];

/** With what any process of Node has: memory, time of the processor, delay of the event loop. */
export function createMetrics(facts: { readonly plane: 'control' | 'data'; readonly version: string }): Metrics {
  const register = new Registry();
  collectDefaultMetrics({ register });
  // Those read /proc, which a plane has no permission for, and would stay at 0.
  for (const name of ['process_resident_memory_bytes', 'process_virtual_memory_bytes', 'process_heap_bytes'])
    register.removeSingleMetric(name);
  new Gauge({
    name: 'process_resident_memory_bytes',
    help: 'Resident memory of the process',
    registers: [register],
    collect() {
      this.set(process.memoryUsage.rss());
    },
  });
  new Gauge({
    name: 'holdfast_info',
    help: 'Always 1; its labels say which program this is',
    labelNames: ['plane', 'version'],
    registers: [register],
  }).set(facts, 1);
  return register;
}

/**
 * A counter of this process, as `/metrics` shows it.
 *
 * @param name by the conventions of Prometheus: `…_total`.
 */
export function createCounter<Label extends string>(
  metrics: Metrics,
  name: string,
  help: string,
  labels: readonly Label[],
): Counter<Label> {
  return new Counter({ name, help, labelNames: labels, registers: [metrics] });
}

/** A histogram of durations in seconds, as `/metrics` shows it. @param name ends with `_seconds`. */
export function createDurations<Label extends string>(
  metrics: Metrics,
  name: string,
  help: string,
  labels: readonly Label[],
  kind: 'answer' | 'wait' = 'answer',
): Histogram<Label> {
  return new Histogram({
    name,
    help,
    labelNames: labels,
    buckets: kind === 'answer' ? DURATION_SECONDS : WAIT_SECONDS,
    registers: [metrics],
  });
}

/** Values that are looked up when somebody asks for the metrics. */
export function createGauge<Label extends string>(metrics: Metrics, name: string, help: string, labels: readonly Label[]): Gauge<Label> {
  return new Gauge({ name, help, labelNames: labels, registers: [metrics] });
}

/**
 * Looks something up before the metrics are answered, at most once in `seconds`: several who ask do not make
 * it more work. What fails leaves the former values, and is counted.
 */
export function refreshBeforeAnswer(metrics: Metrics, what: string, seconds: number, look: () => Promise<void>): () => Promise<void> {
  const failures = metrics.getSingleMetric('holdfast_metrics_failures_total') as Counter<'what'> | undefined;
  const counter =
    failures ??
    createCounter(metrics, 'holdfast_metrics_failures_total', 'Looks that failed while metrics were gathered', ['what'] as const);
  let lookedAt = Number.NEGATIVE_INFINITY;
  let looking: Promise<void> | undefined;
  return async () => {
    if (performance.now() - lookedAt < seconds * 1_000) return;
    looking ??= look()
      .then(() => {
        lookedAt = performance.now();
      })
      .catch(() => counter.inc({ what }))
      .finally(() => {
        looking = undefined;
      });
    await looking;
  };
}
