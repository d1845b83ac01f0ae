package house

import (
	"context"
	"time"

	"roadline/recording"
	"roadline/store"
	"roadline/store/jobs"
)

// retaining builds what deletes recordings when their time is over.
func (h *House) retaining() {
	h.alarms = h.store.Alarms(h.jobs)
	h.retention = recording.NewRetention(recording.RetentionOptions{
		Folder: h.m.Recording.Spool, Archive: h.store.Archive(h.jobs), Alarms: h.alarms, Companies: h.directory.Companies, Now: time.Now, Log: h.log,
	})
}

var (
	_ recording.Archive = (*store.Archive)(nil)
	_ recording.Alarms  = (*store.Alarms)(nil)
)

// remove does the job of removing a recording's files.
func (h *House) remove(ctx context.Context, t jobs.Task) ([]jobs.Task, error) {
	return nil, h.retention.Remove(ctx, t.Company, t.Call)
}

// retain sweeps once the database is there.
func (h *House) retain(ctx context.Context) error {
	if h.store.Ready(ctx) != nil {
		return nil
	}
	return h.retention.Run(ctx)
}

// SweepRecordings has recordings swept soon, for whoever runs a house in a test.
//
//lint:ignore deadcode a test cannot wait for the hour
func (h *House) SweepRecordings() { h.retention.Ask() }
