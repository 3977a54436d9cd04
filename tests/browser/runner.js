// Runs a scenario (docs/scenario-format.md) in a page: one MediaSource, one video element, one record a step.
'use strict';

const NAMES = ['updatestart', 'update', 'updateend', 'error', 'abort'];
const LISTS = ['addsourcebuffer', 'removesourcebuffer'];
const turn = () => new Promise((resolve) => setTimeout(resolve, 30));
const number = (value) => (Number.isFinite(value) ? value : String(value));
const double = (value) => (['NaN', 'Infinity', '-Infinity'].includes(value) ? Number(value) : value);

function ranges(read) {
  try {
    const list = read();
    return Array.from({ length: list.length }, (_, i) => [number(list.start(i)), number(list.end(i))]);
  } catch (exception) {
    return { throws: exception.name };
  }
}

class Scenario {
  async run(scenario, media) {
    this.media = media;
    this.events = [];
    this.named = {};
    this.video = document.createElement('video');
    Object.assign(this.video, { muted: true, preload: 'auto' });
    document.body.append(this.video);
    this.source = new MediaSource();
    this.video.src = URL.createObjectURL(this.source);
    await new Promise((resolve) => this.source.addEventListener('sourceopen', resolve, { once: true }));
    this.listen('mediasource', this.source, ['sourceopen', 'sourceended', 'sourceclose']);
    this.listen('sourceBuffers', this.source.sourceBuffers, LISTS);
    this.listen('activeSourceBuffers', this.source.activeSourceBuffers, LISTS);
    const trace = [];
    for (const [index, step] of scenario.steps.entries()) {
      let error = null;
      try {
        await this.act(step);
      } catch (exception) {
        error = exception.name;
      }
      await turn();
      trace.push({ step: index, do: step.do, error, events: this.events.splice(0), ...this.state() });
    }
    this.video.remove();
    return trace;
  }

  listen(name, target, types) {
    for (const type of types) target.addEventListener(type, () => this.events.push(`${name} ${type}`));
  }

  async act(step) {
    const sb = this.named[step.sb];
    switch (step.do) {
      case 'addSourceBuffer': {
        const added = this.source.addSourceBuffer(step.type);
        this.named[step.sb] = added;
        return this.listen(step.sb, added, NAMES);
      }
      case 'append': {
        const bytes = this.media[step.media].slice(step.from ?? 0, step.to);
        return this.append(sb, bytes, step.pieces ?? bytes.byteLength);
      }
      case 'appendBytes': {
        const bytes = Uint8Array.from(atob(step.base64), (character) => character.charCodeAt(0));
        return this.append(sb, bytes.buffer, bytes.length);
      }
      case 'set':
        for (const [name, value] of Object.entries(step)) if (!['do', 'sb'].includes(name)) sb[name] = double(value);
        return undefined;
      case 'remove':
        sb.remove(double(step.start), double(step.end));
        return this.updated(sb);
      case 'abort': return sb.abort();
      case 'changeType': return sb.changeType(step.type);
      case 'removeSourceBuffer': return this.source.removeSourceBuffer(sb);
      case 'duration': this.source.duration = double(step.value); return undefined;
      case 'endOfStream': return step.error === undefined ? this.source.endOfStream() : this.source.endOfStream(step.error);
      case 'liveSeekable':
        return step.clear ? this.source.clearLiveSeekableRange() : this.source.setLiveSeekableRange(step.start, step.end);
      case 'seek': this.video.currentTime = double(step.time); return undefined;
      case 'detach': this.video.removeAttribute('src'); return this.video.load();
      default: throw new Error(`no step ${step.do}`);
    }
  }

  async append(sb, bytes, size) {
    let failed = false;
    sb?.addEventListener('error', () => { failed = true; }, { once: true });
    for (let at = 0; (at < bytes.byteLength || at === 0) && !failed; at += size || 1) {
      sb.appendBuffer(bytes.slice(at, at + size));
      await this.updated(sb);
    }
  }

  updated(sb) {
    return new Promise((resolve) => sb.addEventListener('updateend', resolve, { once: true }));
  }

  state() {
    const sb = {};
    for (const [name, of] of Object.entries(this.named)) {
      if (!Array.from(this.source.sourceBuffers).includes(of)) continue;
      const { mode, timestampOffset, appendWindowStart, appendWindowEnd, updating } = of;
      sb[name] = {
        buffered: ranges(() => of.buffered), mode, timestampOffset: number(timestampOffset),
        appendWindowStart: number(appendWindowStart), appendWindowEnd: number(appendWindowEnd), updating,
      };
    }
    const { video } = this;
    const element = {
      buffered: ranges(() => video.buffered), seekable: ranges(() => video.seekable),
      readyState: video.readyState, error: video.error && video.error.code,
    };
    return { readyState: this.source.readyState, duration: number(this.source.duration), sb, element };
  }
}

(async () => {
  for (const name of await (await fetch('/scenarios')).json()) {
    const scenario = await (await fetch(`/scenario/${name}`)).json();
    const media = {};
    for (const key of Object.keys(scenario.media ?? {})) {
      media[key] = await (await fetch(`/media/${name}/${key}`)).arrayBuffer();
    }
    const timeout = new Promise((resolve) => setTimeout(() => resolve('timeout'), 15000));
    const trace = await Promise.race([new Scenario().run(scenario, media), timeout]);
    await fetch(`/trace/${name}`, { method: 'POST', body: JSON.stringify(trace) });
  }
  await fetch('/done', { method: 'POST' });
})();
