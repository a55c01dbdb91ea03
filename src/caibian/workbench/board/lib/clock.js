// Time spent on an item: it runs while the page is seen and somebody is at it.
const IDLE_MS = 5 * 60 * 1000; // without a key, a pointer or a scroll for so long, nobody is reading any more
const SIGNS = ["keydown", "pointermove", "pointerdown", "wheel", "scroll", "touchmove"];

export class Clock {
  constructor(seconds = 0) {
    this.ms = seconds * 1000;
    this.since = null;
    this.seen = Date.now();
    this.onSign = () => {
      const now = Date.now();
      if (now - this.seen > IDLE_MS) this.settle(this.seen + IDLE_MS, now);
      this.seen = now;
    };
    this.onVisibility = () => (document.hidden ? this.pause() : this.run());
    for (const sign of SIGNS) window.addEventListener(sign, this.onSign, { passive: true, capture: true });
    document.addEventListener("visibilitychange", this.onVisibility);
    if (!document.hidden) this.run();
  }

  seconds() {
    const end = Math.min(Date.now(), this.seen + IDLE_MS);
    const running = this.since === null ? 0 : Math.max(0, end - this.since);
    return Math.round((this.ms + running) / 100) / 10;
  }

  atLeast(seconds) {
    this.ms += Math.max(0, seconds - this.seconds()) * 1000;
  }

  run() {
    this.seen = this.since = Date.now();
  }

  pause() {
    this.ms = this.seconds() * 1000;
    this.since = null;
  }

  settle(end, next) {
    if (this.since !== null) this.ms += Math.max(0, end - this.since);
    this.since = this.since === null ? null : next;
  }

  stop() {
    this.pause();
    for (const sign of SIGNS) window.removeEventListener(sign, this.onSign, { capture: true });
    document.removeEventListener("visibilitychange", this.onVisibility);
  }
}
