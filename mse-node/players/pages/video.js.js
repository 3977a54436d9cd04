// A page that plays with video.js and its VHS.
window.page = {
    load(video, url) {
        const type = url.endsWith('.mpd') ? 'application/dash+xml' : 'application/x-mpegURL';
        // Less than the 30 seconds that these streams have; else all is there before a viewer does anything.
        videojs.Vhs.GOAL_BUFFER_LENGTH = 8;
        videojs.Vhs.MAX_GOAL_BUFFER_LENGTH = 8;
        const vhs = { overrideNative: true, limitRenditionByPlayerDimensions: false };
        this.player = videojs(video, { html5: { vhs }, autoplay: true, controls: false });
        this.player.on('error', () => this.log(`error ${this.player.error()?.code}`));
        this.player.src({ src: url, type });
        this.player.play();
    },
    qualities() {
        return this.player.qualityLevels().length;
    },
    /** Those of VHS are sorted by nothing; the page wants the smallest first. */
    select(index) {
        const levels = Array.from(this.player.qualityLevels().levels_);
        const chosen = levels.slice().sort((one, other) => one.bitrate - other.bitrate)[index];
        for (const level of levels) level.enabled = level === chosen;
    },
    destroy() {
        this.player.dispose();
    },
};
