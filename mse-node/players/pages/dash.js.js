// A page that plays with dash.js.
window.page = {
    load(video, url) {
        this.player = dashjs.MediaPlayer().create();
        this.player.updateSettings({ debug: { logLevel: dashjs.Debug.LOG_LEVEL_NONE } });
        this.player.on(dashjs.MediaPlayer.events.ERROR, (event) => this.log(`error ${event.error.code ?? event.error}`));
        this.player.on(dashjs.MediaPlayer.events.QUALITY_CHANGE_RENDERED, (event) => {
            this.log(`quality ${event.mediaType} ${event.newRepresentation?.id}`);
        });
        this.player.initialize(video, url, true);
    },
    qualities() {
        return this.player.getRepresentationsByType('video').length;
    },
    select(index) {
        this.player.updateSettings({ streaming: { abr: { autoSwitchBitrate: { video: false } } } });
        this.player.setRepresentationForTypeByIndex('video', index, true);
    },
    destroy() {
        this.player.destroy();
    },
};
