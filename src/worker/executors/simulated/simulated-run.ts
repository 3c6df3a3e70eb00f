import type { RunEnd, RunOrder } from '@/worker/executors/executor';
import type { Timeline, Told } from '@/worker/executors/simulated/timeline';

type StopReason = 'cancelled' | 'timeout' | 'lease' | 'lost';

/** One simulated run; where it stands is worked out from the clock whenever somebody asks. Times are ms of that clock. */
export class SimulatedRun {
  readonly order: RunOrder;
  readonly timeline: Timeline;
  readonly #wall: number;
  readonly #orderedAt: number;
  readonly #beginsAt: number;
  #renewedAt: number;
  #stop: { readonly reason: StopReason; readonly at: number } | null = null;
  #refuses = false;
  #refusedUntil = Number.NEGATIVE_INFINITY;

  /** @param wall ms since 1970 at `now`; from then on the monotonic clock counts */
  constructor(order: RunOrder, timeline: Timeline, wall: number, now: number) {
    this.order = order;
    this.timeline = timeline;
    this.#wall = wall;
    this.#orderedAt = now;
    this.#renewedAt = now;
    this.#beginsAt = now + (timeline.beginsAfterMs ?? 0);
  }

  /** ms since 1970 of an instant of the monotonic clock. */
  #instant(at: number): number {
    return Math.round(this.#wall + at - this.#orderedAt);
  }

  /** What would have stopped it by now without anybody asking: the lease that nobody renewed, or its longest time. */
  #settle(now: number): void {
    const { leaseMs, maxRuntimeMs } = this.order;
    const limits = [
      { reason: 'lease', at: this.#renewedAt + leaseMs },
      { reason: 'timeout', at: maxRuntimeMs === null ? Number.POSITIVE_INFINITY : this.#beginsAt + maxRuntimeMs },
    ] as const;
    const first = limits.reduce((a, b) => (b.at < a.at ? b : a));
    if (this.#stop === null && first.at < now && first.at < this.#naturalEnd()) this.#stop = first;
  }

  #naturalEnd(): number {
    return this.#beginsAt + this.timeline.lastsMs;
  }

  #endsAt(): number {
    const { stopsAfterMs = 0 } = this.timeline;
    if (this.#stop === null) return this.#naturalEnd();
    if (this.#stop.reason === 'lost' || this.#stop.at < this.#beginsAt) return this.#stop.at;
    if (this.#refuses) return this.#naturalEnd();
    const takes = Math.min(stopsAfterMs ?? this.order.graceMs, this.order.graceMs);
    return Math.min(this.#naturalEnd(), Math.max(this.#stop.at + takes, this.#refusedUntil));
  }

  renew(now: number): boolean {
    if (this.endAt(now) !== null) return false;
    this.#renewedAt = now;
    return true;
  }

  stop(reason: StopReason, now: number): void {
    if (this.endAt(now) === null) this.#stop ??= { reason, at: now };
  }

  /** From now on it goes on as its timeline says, whether asked to stop or forced. */
  refuseToStop(): void {
    this.#refuses = true;
  }

  /** Where it was asked to stop and refused, it ends now. */
  giveIn(now: number): void {
    this.#refuses = false;
    this.#refusedUntil = now;
  }

  startedAt(now: number): number | null {
    const isTooLate = this.#stop !== null && this.#stop.at < this.#beginsAt;
    const begins = this.timeline.reason !== 'not_started' && now >= this.#beginsAt && !isTooLate;
    return begins ? this.#instant(this.#beginsAt) : null;
  }

  /** When it ended, by the monotonic clock; null while it has not. */
  endAt(now: number): number | null {
    this.#settle(now);
    const at = this.#endsAt();
    return at <= now ? at : null;
  }

  end(now: number): RunEnd | null {
    const at = this.endAt(now);
    if (at === null) return null;
    const { exitCode = 0, signal = null, reason = 'exited' } = this.timeline;
    const stop = this.#stop;
    if (stop === null || at === this.#naturalEnd()) {
      const message = signal === null ? `The run ended with exit code ${exitCode}.` : `The run was ended by ${signal}.`;
      return { at: this.#instant(at), exitCode, signal, reason: stop?.reason ?? reason, message };
    }
    const isForced = this.timeline.stopsAfterMs === null;
    return {
      at: this.#instant(at),
      exitCode: null,
      signal: stop.reason === 'lost' ? null : isForced ? 'SIGKILL' : 'SIGTERM',
      reason: stop.reason,
      message: `The run was stopped (${stop.reason}).`,
    };
  }

  /** What it has told by now, from `first` on, at most `most` of it. */
  told(
    now: number,
    first: number,
    most: number,
  ): { readonly told: readonly (Told & { at: number })[]; isMore: boolean } {
    // sums are compared, as the end is one: a difference of instants may be off by a breath
    const until = Math.min(now, this.endAt(now) ?? now);
    const stretch = this.timeline.told
      .slice(first, first + most + 1)
      .filter(({ afterMs }) => this.#beginsAt + afterMs <= until);
    const told = stretch.slice(0, most).map((one) => ({ ...one, at: this.#instant(this.#beginsAt + one.afterMs) }));
    return { told, isMore: stretch.length > most };
  }

  instant(now: number): number {
    return this.#instant(now);
  }
}
