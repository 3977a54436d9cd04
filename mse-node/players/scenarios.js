// What a viewer does while a stream plays. Each is a list of [seconds to wait, what is done]; afterwards it plays to the end.

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

export function actions(stream) {
    return stream.live ? LIVE : VOD;
}

/** Does one of them in the page. */
export function act(action, video, page) {
    const [verb, value] = action.split(' ');
    switch (verb) {
        case 'quality': return page.select(value === 'lowest' ? 0 : page.qualities() - 1);
        case 'pause': return video.pause();
        case 'play': return video.play();
        case 'rate': return (video.playbackRate = Number(value));
        case 'seek': return (video.currentTime = value < 0 ? video.currentTime + Number(value) : Number(value));
        default: throw new Error(`no action ${action}`);
    }
}
