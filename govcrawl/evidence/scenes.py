"""What is run in a tab to cover, mark and caption a page. Scripts of the page itself never run there (they are switched off)."""

from __future__ import annotations

COLLECT = """() => {
  const block = new Set(['inline', 'inline-block', 'contents', 'ruby']);
  const nodes = [], attributes = [], pieces = [];
  const holder = node => { let at = node.parentElement; while (at && block.has(getComputedStyle(at).display)) at = at.parentElement; return at; };
  let last = null;
  const walk = root => {
    for (const element of root.querySelectorAll('*')) {
      if (element.shadowRoot) walk(element.shadowRoot);
      for (const attribute of element.attributes)
        if (!/^(href|src|srcset|action|style|class|id|d|points|xlink:href)$/i.test(attribute.name) && /[0-9０-９]/.test(attribute.value))
          attributes.push([element, attribute.name, attribute.value]);
    }
    const walker = document.createTreeWalker(root, NodeFilter.SHOW_TEXT);
    for (let node = walker.nextNode(); node; node = walker.nextNode()) {
      if (/^(SCRIPT|STYLE|TEMPLATE)$/.test(node.parentElement?.tagName || '')) continue;
      const own = holder(node);
      pieces.push([node.data, own !== last]);
      nodes.push(node);
      last = own;
    }
  };
  walk(document);
  window.govcrawl = {nodes, attributes};
  return {pieces, attributes: attributes.map(row => row[2]), title: document.title};
}"""
"""Every text that a page can show, in order, each with whether it begins a new line; and the attributes that hold digits."""

COVER = """([texts, values]) => {
  for (const [index, text] of texts) window.govcrawl.nodes[index].data = text;
  for (const [index, text] of values) {
    const [element, name] = window.govcrawl.attributes[index];
    element.setAttribute(name, text);
    if (name === 'value' && 'value' in element) element.value = text;
  }
}"""

HIDE_PICTURES = """() => {
  const style = document.createElement('style');
  style.textContent = 'img,picture,video,canvas,object,embed,input[type=image],svg{filter:blur(14px)!important}' +
    '*,*::before,*::after{background-image:none!important}';
  (document.head || document.documentElement).append(style);
}"""
"""What pictures of a page with personal data show is not known: they are blurred."""

MARK = """places => {
  const narrow = letter => { const made = letter.normalize('NFKC'); return made.length === 1 ? made : letter; };
  const squeeze = text => [...text.replace(/\\s+/g, '')].map(narrow).join('');
  const seen = box => box && box.width > 1 && box.height > 1;
  const index = root => {
    const walker = document.createTreeWalker(root, NodeFilter.SHOW_TEXT);
    let text = ''; const at = [];
    for (let node = walker.nextNode(); node; node = walker.nextNode()) {
      if (/^(SCRIPT|STYLE|TEMPLATE|TITLE)$/.test(node.parentElement?.tagName || '')) continue;
      for (let i = 0; i < node.data.length; i++) if (!/\\s/.test(node.data[i])) { text += narrow(node.data[i]); at.push([node, i]); }
    }
    return {text, at};
  };
  const range = (found, from, length) => {
    const made = new Range(), [first, start] = found.at[from], [last, end] = found.at[from + length - 1];
    made.setStart(first, start); made.setEnd(last, end + 1);
    return made;
  };
  const visible = (found, words, after, before) => {
    const wanted = squeeze(words);
    if (!wanted) return null;
    for (let from = found.text.indexOf(wanted, after); from >= 0 && from + wanted.length <= before; from = found.text.indexOf(wanted, from + 1)) {
      const made = range(found, from, wanted.length);
      if (seen(made.getBoundingClientRect())) return {made, from, end: from + wanted.length};
    }
    return null;
  };
  const element = path => {
    for (const tried of [path, path.replace(/\\/table(\\[\\d+\\])?\\/tr/g, '/table$1/tbody/tr')]) {
      try {
        const node = document.evaluate(tried, document, null, XPathResult.FIRST_ORDERED_NODE_TYPE, null).singleNodeValue;
        if (node && node.nodeType === 1) return node;
      } catch (error) { /* no path that a browser knows */ }
    }
    return null;
  };
  const address = node => { try { return new URL(node.getAttribute('href') ?? node.getAttribute('src') ?? '', document.baseURI).href.split('#')[0]; } catch (error) { return ''; } };
  const same = (a, b) => { const bare = u => decodeURI(u).replace(/^https?:\\/\\//i, '').replace(/\\/(index\\.\\w+)?$/, ''); try { return bare(a) === bare(b); } catch (error) { return a === b; } };
  const says = node => squeeze(node.textContent || node.getAttribute('alt') || node.getAttribute('title') || '');
  const linked = target => [...document.querySelectorAll('a,area,img,iframe,embed')].filter(node => same(address(node), target));
  const shown = node => { for (let at = node; at && at !== document.body; at = at.parentElement) if (seen(at.getBoundingClientRect())) return at; return null; };

  const boxes = [], words = [], quotes = [];
  let first = null;
  const box = node => { const at = shown(node); if (at && !boxes.includes(at)) { boxes.push(at); first ||= at; } };
  let place = places.xpath && element(places.xpath);
  if (place && (places.text || places.target)) {
    const fits = (places.text && says(place).includes(squeeze(places.text))) || (places.target && same(address(place), places.target));
    if (!fits) place = null;
  }
  if (!place && places.target) {
    const all = linked(places.target);
    place = all.find(node => places.text && says(node).includes(squeeze(places.text))) || all.find(node => seen(node.getBoundingClientRect())) || all[0];
  }
  if (!place && places.xpath && places.text && !places.quotes.length)
    place = [...document.querySelectorAll('a,area')].find(node => says(node) === squeeze(places.text));
  const whole = document.body ? index(document.body) : {text: '', at: []};
  for (const quote of places.quotes) {
    const inside = place ? index(place) : whole;
    let found = visible(inside, quote, 0, Infinity), text = inside;
    if (!found && place) { found = visible(whole, quote, 0, Infinity); text = whole; }
    if (!found) continue;
    quotes.push(found.made);
    first ||= found.made.startContainer.parentElement;
    const word = places.word && visible(text, places.word, found.from, found.end);
    if (word) words.push(word.made);
    break;
  }
  if (!quotes.length && places.word) {
    const found = (place && visible(index(place), places.word, 0, Infinity)) || visible(whole, places.word, 0, Infinity);
    if (found) { words.push(found.made); first ||= found.made.startContainer.parentElement; }
  }
  for (const forms of places.also) {
    const found = forms.map(form => visible(whole, form, 0, Infinity)).find(Boolean);
    if (found) { quotes.push(found.made); first ||= found.made.startContainer.parentElement; }
  }
  if (place && !quotes.length && !words.length) box(place);
  for (const target of places.links) { const node = linked(target).find(node => seen(node.getBoundingClientRect())); if (node) box(node); }
  if (first) first.scrollIntoView({block: 'center', inline: 'nearest', behavior: 'instant'});
  CSS.highlights.clear();
  if (quotes.length) CSS.highlights.set('govcrawl-quote', new Highlight(...quotes));
  if (words.length) { const strong = new Highlight(...words); strong.priority = 1; CSS.highlights.set('govcrawl-word', strong); }
  const style = document.getElementById('govcrawl-marks') || document.createElement('style');
  style.id = 'govcrawl-marks';
  style.textContent = '::highlight(govcrawl-quote){background-color:#ffe14d;color:#000}::highlight(govcrawl-word){background-color:#ff9d3b;color:#000}';
  (document.head || document.documentElement).append(style);
  document.querySelectorAll('[data-govcrawl-box]').forEach(old => old.remove());
  for (const node of boxes.slice(0, 20)) for (const at of [...node.getClientRects()].filter(seen).slice(0, 6)) {
    const frame = document.createElement('div');
    frame.setAttribute('data-govcrawl-box', '');
    frame.style.cssText = 'all:initial;position:fixed;box-sizing:border-box;pointer-events:none;z-index:2147483647;border:3px solid #d60000;' +
      `left:${at.left - 5}px;top:${at.top - 5}px;width:${at.width + 10}px;height:${at.height + 10}px`;
    document.documentElement.append(frame);
  }
  return quotes.length + boxes.length + (quotes.length ? 0 : words.length);
}"""
"""Marks places without moving anything: quotes by the CSS highlight API, elements by a frame that lies above the page. Returns how many."""

STRIP = """<!DOCTYPE html><html lang="zh-CN"><meta charset="utf-8"><style>
*{{margin:0;padding:0;box-sizing:border-box}} body{{width:{width}px;background:#fff}}
img{{display:block;width:{width}px;height:{height}px}}
table{{width:100%;border-collapse:collapse;border-top:4px solid #173f70;font:14px/1.5 "Noto Sans CJK SC","Microsoft YaHei",sans-serif;color:#1f2933}}
td{{padding:3px 12px;vertical-align:top;overflow-wrap:anywhere}} td:first-child{{width:112px;color:#5b6b7b;white-space:nowrap}}
</style><body><img src="data:image/png;base64,{picture}"><table>{rows}</table>"""
"""The picture as it was painted, and below it the strip that says what it is."""
