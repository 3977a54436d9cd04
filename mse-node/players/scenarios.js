// What happens while a stream plays. Each scenario is a list of [seconds to wait, what is done]; afterwards it plays to the end.

/** Quality down and up, a pause, seeks forward and back, rates. */
const VOD = [
    [3, 'quality lowest'],
    [3, 'pause'],
    [2, 'play'],
    [1, 'seek 18'],
    [4, 'seek 5'],
    [3, 'quality highest'],
    [4, 'rate 2'],
    [3, 'rate 1'],
    [1, 'seek 27'],
];

/** The same within the window of a live stream. */
const LIVE = [
    [3, 'quality lowest'],
    [3, 'pause'],
    [1, 'play'],
    [2, 'seek -3'],
    [3, 'quality highest'],
    [3, 'rate 1.25'],
    [3, 'rate 1'],
];

/** The link, in kbit/s: enough for the best rendition, then hardly enough for the least, then for all. */
const NETWORK = [
    [6, 'link 200'],
    [10, 'link 5000'],
];

/** By the names that the command line has for them, with who does it. */
export const SCENARIOS = {
    actions: { who: 'viewer', afterStart: true, steps: (stream) => (stream.live ? LIVE : VOD) },
    // Nobody chooses a rendition: what the player does comes of what it measures.
    network: { who: 'network', link: 700, steps: () => NETWORK },
};

/** Does one step. */
export function act(action, { video, page, network }) {
    const [verb, value] = action.split(' ');
    switch (verb) {
        case 'quality': return page.select(value === 'lowest' ? 0 : page.qualities() - 1);
        case 'pause': return video.pause();
        case 'play': return video.play();
        case 'rate': return (video.playbackRate = Number(value));
        case 'seek': return (video.currentTime = value < 0 ? video.currentTime + Number(value) : Number(value));
        case 'link': return (network.bandwidth = Number(value) * 1000);
        default: throw new Error(`no action ${action}`);
    }
}
