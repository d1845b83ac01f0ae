package cabinet

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"path"

	"roadline/cabinet/access"
	"roadline/fmc"
	"roadline/fmc/cause"
	"roadline/recording"
)

// Sound opens the recording of a call that the viewer may listen to, and notes in the audit that they do. Whoever asks
// closes it.
func (a *API) Sound(ctx context.Context, v access.Viewer, id fmc.CallID) (*os.File, error) {
	record, err := a.RecordFor(ctx, v, access.RecordingsListen, id)
	if err != nil {
		return nil, err
	}
	f, err := a.recordingOf(ctx, v.Company, record)
	if err != nil {
		return nil, err
	}
	if _, err := a.o.Store.For(v.Company).AuditListen(ctx, access.Entry(ctx, "recordings.listen", string(id))); err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return f, nil
}

// Peaks returns how loud the recording of a call is from moment to moment, as recording.Peaks encodes it. They lie beside
// the recording; of one that has none they are drawn now.
func (a *API) Peaks(ctx context.Context, v access.Viewer, id fmc.CallID) ([]byte, error) {
	record, err := a.RecordFor(ctx, v, access.RecordingsListen, id)
	if err != nil {
		return nil, err
	}
	f, err := a.recordingOf(ctx, v.Company, record)
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }()
	folder, err := os.OpenRoot(a.o.Recordings)
	if err != nil {
		return nil, cause.Errorf(cause.Unavailable, "recordings: %w", err)
	}
	defer func() { _ = folder.Close() }()
	name := recording.PeaksOf(path.Clean(record.Recording.Kept.File))
	drawn, err := folder.Open(name)
	if errors.Is(err, fs.ErrNotExist) {
		return a.drawPeaks(folder, name, f)
	}
	if err != nil {
		return nil, cause.Errorf(cause.Unavailable, "peaks of call %s: %w", id, err)
	}
	defer func() { _ = drawn.Close() }()
	peaks, err := io.ReadAll(drawn)
	if err != nil {
		return nil, cause.Errorf(cause.Unavailable, "peaks of call %s: %w", id, err)
	}
	return peaks, nil
}

// drawPeaks draws a recording's peaks and keeps them. That they cannot be kept is told to the log alone: they are drawn
// again the next time.
func (a *API) drawPeaks(folder *os.Root, name string, file io.ReaderAt) ([]byte, error) {
	peaks, err := recording.Peaks(file)
	if err != nil {
		return nil, err
	}
	part := name + ".part"
	if err := errors.Join(folder.WriteFile(part, peaks, 0o600), folder.Rename(part, name)); err != nil {
		a.o.Log.Warn("peaks not kept", "text", name, "cause", err)
	}
	return peaks, nil
}
