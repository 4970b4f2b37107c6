// Lines over the last minutes, and what happened meanwhile as shades behind them.
"use strict";
(() => {
  const LEFT = 42, RIGHT = 10, TOP = 12, BOTTOM = 24;
  const root = document.documentElement;
  const say = (en, ja) => (root.dataset.lang === "ja" ? ja : en);

  // A round number that is not much higher; its half is a whole number too.
  const ceiling = (highest) => {
    for (let unit = 1; ; unit *= 10) for (const step of [4, 6, 8, 10, 12, 16, 20, 30]) if (step * unit >= highest) return step * unit;
  };

  // `points` are [{ at, <name>: value }] and `shades` [{ from, to, text }], times in seconds; `series` are
  // [{ name, colour, filled }], colours being names of the style sheet. The last `seconds` are shown.
  window.plot = (canvas, { points, series, unit, seconds, shades = [] }) => {
    const scale = window.devicePixelRatio || 1;
    const width = canvas.clientWidth, height = canvas.clientHeight;
    canvas.width = width * scale;
    canvas.height = height * scale;
    const pen = canvas.getContext("2d");
    pen.scale(scale, scale);
    const style = getComputedStyle(root);
    const colour = (name) => style.getPropertyValue(name);
    const seen = points.filter((one) => one.at > (points.at(-1)?.at ?? 0) - seconds);
    const now = seen.at(-1)?.at ?? Date.now() / 1000;
    const highest = ceiling(Math.max(1, ...seen.flatMap((one) => series.map(({ name }) => one[name] ?? 0))));
    const floor = height - BOTTOM;
    const x = (at) => LEFT + (width - LEFT - RIGHT) * Math.min(1, Math.max(0, 1 - (now - at) / seconds));
    const y = (value) => floor - ((floor - TOP) * value) / highest;

    pen.font = "12px system-ui, sans-serif";
    pen.textBaseline = "middle";
    for (const { from, to, text } of shades) {
      if (to < now - seconds) continue;
      pen.globalAlpha = 0.14;
      pen.fillStyle = colour("--bad");
      pen.fillRect(x(from), TOP, Math.max(2, x(to) - x(from)), floor - TOP);
      pen.globalAlpha = 1;
      pen.textAlign = x(from) > width - 110 ? "right" : "left";
      pen.fillText(text, pen.textAlign === "left" ? x(from) + 4 : x(to) - 4, TOP + 9);
    }
    for (const part of [0, 0.5, 1]) {
      pen.strokeStyle = colour("--line");
      pen.lineWidth = 1;
      pen.beginPath();
      pen.moveTo(LEFT, y(highest * part));
      pen.lineTo(width - RIGHT, y(highest * part));
      pen.stroke();
      pen.fillStyle = colour("--soft");
      pen.textAlign = "right";
      pen.fillText((highest * part).toLocaleString(), LEFT - 8, y(highest * part));
    }
    pen.textAlign = "left";
    pen.fillText(unit, LEFT, height - 10);
    pen.textAlign = "right";
    pen.fillText(say("now", "現在"), width - RIGHT, height - 10);
    for (const { name, colour: of, filled } of series) {
      if (!seen.length) break;
      pen.strokeStyle = pen.fillStyle = colour(of);
      pen.lineWidth = 2;
      pen.lineJoin = "round";
      pen.beginPath();
      seen.forEach((one, n) => pen[n ? "lineTo" : "moveTo"](x(one.at), y(one[name] ?? 0)));
      pen.stroke();
      if (!filled) continue;
      pen.lineTo(x(now), floor);
      pen.lineTo(x(seen[0].at), floor);
      pen.globalAlpha = 0.2;
      pen.fill();
      pen.globalAlpha = 1;
    }
  };
})();
