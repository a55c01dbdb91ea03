// A small chart over time, drawn as SVG: bars that stand on each other, or lines. What a pointer or the arrow keys are at
// is said in words above it, so that nothing is told by colour or place alone.
import { h } from "vue";
import { moment } from "caibian-kit";
import { ticks } from "./numbers.js";

const HEIGHT = 168; // px
const LEFT = 52; // px for the scale
const BOTTOM = 22; // px for the times
const TOP = 8; // px
const WIDE_LABEL = 84; // px that a time needs

// points: [{at, values: [number | null, …]}]; series: [{name, tone}] in the order of `values`.
export const Chart = {
  props: { title: String, points: Array, series: Array, kind: String, format: Function, words: Object },
  data: () => ({ width: 480, at: null }),
  computed: {
    scale() {
      const sums = this.points.map(({ values }) => (this.kind === "bars" ? values.reduce((sum, one) => sum + (one ?? 0), 0) : Math.max(0, ...values.map((one) => one ?? 0))));
      return ticks(Math.max(0, ...sums));
    },
    empty() {
      return this.points.every(({ values }) => values.every((one) => !one));
    },
    step() {
      return (this.width - LEFT) / Math.max(1, this.points.length);
    },
  },
  mounted() {
    this.sizes = new ResizeObserver(([{ contentRect }]) => (this.width = Math.max(220, Math.round(contentRect.width))));
    this.sizes.observe(this.$el.querySelector(".chart-box"));
  },
  unmounted() {
    this.sizes.disconnect();
  },
  methods: {
    x(n) {
      return LEFT + (n + 0.5) * this.step;
    },
    y(value) {
      const room = HEIGHT - TOP - BOTTOM;
      return TOP + room * (1 - value / this.scale.at(-1));
    },
    pointed(event) {
      const left = event.clientX - event.currentTarget.getBoundingClientRect().left;
      const n = Math.floor((left - LEFT) / this.step);
      this.at = n >= 0 && n < this.points.length ? n : null;
    },
    keyed(event) {
      const last = this.points.length - 1;
      const next = { ArrowLeft: (this.at ?? last + 1) - 1, ArrowRight: (this.at ?? -1) + 1, Home: 0, End: last, Escape: null }[event.key];
      if (next === undefined) return;
      event.preventDefault();
      this.at = next === null ? null : Math.min(last, Math.max(0, next));
    },
    clock(iso) {
      const text = moment(iso);
      const days = new Date(this.points.at(-1).at) - new Date(this.points[0].at) > 36 * 3600_000;
      return days ? text.slice(5, 10) : text.slice(11);
    },
    bars() {
      const width = Math.max(1, this.step * 0.72);
      return this.points.flatMap(({ values }, n) => {
        let base = 0;
        return values.map((value, k) => {
          const from = base;
          base += value ?? 0;
          if (!value) return null;
          const top = this.y(base);
          return h("rect", { key: `${n}-${k}`, class: `tone-${this.series[k].tone}`, x: this.x(n) - width / 2, y: top, width, height: Math.max(0.5, this.y(from) - top) });
        });
      });
    },
    lines() {
      return this.series.flatMap(({ tone }, k) => {
        let path = "";
        let broken = true;
        const dots = [];
        this.points.forEach(({ values }, n) => {
          const value = values[k];
          if (value === null || value === undefined) {
            broken = true;
            return;
          }
          const [x, y] = [this.x(n).toFixed(1), this.y(value).toFixed(1)];
          path += `${broken ? "M" : "L"}${x} ${y}`;
          const alone = broken && (this.points[n + 1]?.values[k] ?? null) === null;
          if (alone || n === this.at) dots.push(h("circle", { key: `${k}-${n}`, class: `dot-${tone}`, cx: x, cy: y, r: 3 }));
          broken = false;
        });
        return [h("path", { key: k, class: ["chart-line", `line-${tone}`], d: path }), ...dots];
      });
    },
    axes() {
      const shown = this.scale.map((value) =>
        h("g", { key: value }, [
          h("line", { class: "grid-line", x1: LEFT, x2: this.width, y1: this.y(value), y2: this.y(value) }),
          h("text", { class: "axis-text", x: LEFT - 6, y: this.y(value) + 4, "text-anchor": "end" }, this.format(value)),
        ]),
      );
      const every = Math.max(1, Math.ceil(WIDE_LABEL / this.step));
      const times = this.points
        .map(({ at }, n) => ({ at, n }))
        .filter(({ n }) => n % every === 0 && this.x(n) > LEFT + 14 && this.x(n) < this.width - 16)
        .map(({ at, n }) => h("text", { key: `t${n}`, class: "axis-text", x: this.x(n), y: HEIGHT - 6, "text-anchor": "middle" }, this.clock(at)));
      return [...shown, ...times];
    },
  },
  render() {
    const { words, points, series, at } = this;
    const chosen = at === null ? null : points[at];
    const legend = series.map(({ name, tone }, k) =>
      h("span", { key: name, class: ["chart-key", `key-${tone}`] }, [name, chosen ? h("b", chosen.values[k] === null ? "–" : this.format(chosen.values[k])) : null]),
    );
    const cross = chosen ? h("line", { class: "cross", x1: this.x(at), x2: this.x(at), y1: TOP, y2: HEIGHT - BOTTOM }) : null;
    return h("figure", { class: "chart", "data-chart": this.title }, [
      h("figcaption", { class: "chart-head" }, [
        h("h3", this.title),
        h("p", { class: "chart-says", "aria-live": "polite" }, [chosen ? h("span", { class: "soft" }, moment(chosen.at).slice(5)) : null, ...legend]),
      ]),
      h("div", { class: "chart-box" }, [
        h("svg", {
          width: this.width, height: HEIGHT, viewBox: `0 0 ${this.width} ${HEIGHT}`, tabindex: 0, role: "img",
          "aria-label": `${this.title}. ${words.chart_hint}`,
          onPointermove: this.pointed, onPointerleave: () => (this.at = null), onKeydown: this.keyed, onBlur: () => (this.at = null),
        }, [...this.axes(), cross, ...(this.kind === "bars" ? this.bars() : this.lines())]),
        this.empty ? h("p", { class: "chart-empty soft" }, words.chart_empty) : null,
      ]),
    ]);
  },
};
