// Each visible text within TABLES: its contrast with what is behind it, its size in pixels, and its broken ids.
// https://www.w3.org/TR/WCAG22/#dfn-contrast-ratio

const pixel = Object.assign(document.createElement("canvas"), { width: 1, height: 1 }).getContext("2d");

// Red, green, blue and alpha of a colour, however it is spelled.
const parsed = (colour) => {
  const numbers = /^rgba?\(([^)]+)\)$/.exec(colour);
  if (numbers) {
    const [red, green, blue, alpha = 1] = numbers[1].split(/[ ,/]+/).map(Number);
    return [red, green, blue, alpha];
  }
  pixel.clearRect(0, 0, 1, 1);
  pixel.fillStyle = colour;
  pixel.fillRect(0, 0, 1, 1);
  const [red, green, blue, alpha] = pixel.getImageData(0, 0, 1, 1).data;
  return [red, green, blue, alpha / 255];
};

const over = ([red, green, blue], alpha, below) =>
  [red, green, blue].map((part, index) => part * alpha + below[index] * (1 - alpha));

const luminance = (colour) => {
  const [red, green, blue] = colour.map((part) => {
    const share = part / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
};

// What is behind a page that says nothing of it.
const canvas = () => {
  const probe = document.createElement("div");
  probe.style.backgroundColor = "Canvas";
  document.body.append(probe);
  const colour = parsed(getComputedStyle(probe).backgroundColor);
  probe.remove();
  return colour.slice(0, 3);
};

const contrast = (element) => {
  const line = [];
  for (let one = element; one; one = one.parentElement) {
    line.unshift(getComputedStyle(one));
  }
  let behind = canvas();
  let opacity = 1;
  for (const style of line) {
    const background = parsed(style.backgroundColor);
    opacity *= Number(style.opacity);
    behind = over(background, background[3] * opacity, behind);
  }
  const colour = parsed(line.at(-1).color);
  const text = over(colour, colour[3] * opacity, behind);
  const [dark, bright] = [luminance(text), luminance(behind)].sort((one, other) => one - other);
  return (bright + 0.05) / (dark + 0.05);
};

// The ids in a text that are broken over two lines.
const broken = (node) =>
  [...node.data.matchAll(/[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/g)]
    .filter((id) => {
      const range = document.createRange();
      range.setStart(node, id.index);
      range.setEnd(node, id.index + id[0].length);
      return new Set([...range.getClientRects()].map((part) => Math.round(part.top))).size > 1;
    })
    .map(([id]) => id);

const found = [];
const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
while (walker.nextNode()) {
  const node = walker.currentNode;
  const element = node.parentElement;
  const text = node.data.trim();
  if (text && element.closest("TABLES") && element.checkVisibility({ visibilityProperty: true })) {
    const pixels = parseFloat(getComputedStyle(element).fontSize);
    found.push({ text, contrast: contrast(element), pixels, broken: broken(node) });
  }
}
return found;
