// A page that plays with shaka-player.
window.page = {
    async load(video, url) {
        shaka.polyfill.installAll();
        this.player = new shaka.Player();
        this.player.addEventListener('error', (event) => this.log(`error ${event.detail.code} severity=${event.detail.severity}`));
        this.player.addEventListener('adaptation', () => this.log('adaptation'));
        video.autoplay = true;
        await this.player.attach(video);
        await this.player.load(url);
        const [words] = this.player.getTextTracks();
        if (words) this.player.selectTextTrack(words);
        video.play();
    },
    /** The variants, the smallest first. */
    variants() {
        return this.player.getVariantTracks().sort((one, other) => one.bandwidth - other.bandwidth);
    },
    qualities() {
        return this.variants().length;
    },
    select(index) {
        this.player.configure('abr.enabled', false);
        this.player.selectVariantTrack(this.variants()[index], true);
    },
    destroy() {
        return this.player.destroy();
    },
};
