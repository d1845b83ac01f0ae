package recording

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"roadline/fmc"
	"roadline/media"
)

// render makes the files of a tape beside it and describes them: the stereo file and, where a party has no channel of
// their own in it, one file for each party. It reads the tape twice: once for its length and its tracks, and once, second
// by second, for its sound.
func render(path, spool string) (label, fmc.Kept, error) {
	shape, err := measure(path)
	if err != nil {
		return label{}, fmc.Kept{}, err
	}
	kept := fmc.Kept{Salvage: !shape.ended, Opened: shape.label.Opened, Length: durationOf(shape.samples), Gaps: shape.gaps}
	if err := shape.write(path, &kept); err != nil {
		return label{}, fmc.Kept{}, err
	}
	for _, file := range files(&kept) {
		if *file, err = filepath.Rel(spool, *file); err != nil {
			return label{}, fmc.Kept{}, err
		}
	}
	return shape.label, kept, nil
}

// files are the names of all files of a recording.
func files(kept *fmc.Kept) []*string {
	all := []*string{&kept.File}
	for i := range kept.Tracks {
		all = append(all, &kept.Tracks[i].File)
	}
	return all
}

func durationOf(samples int64) time.Duration {
	return time.Duration(samples) * time.Second / media.SampleRate
}

// shape is what a tape holds, without its sound.
type shape struct {
	label   label
	tracks  [256]trackShape
	samples int64
	ended   bool // as it should: else the server was killed, or the disk would take no more
	gaps    []fmc.RecordingSpan
}

// trackShape is whose a track is.
type trackShape struct {
	side  fmc.Side
	role  fmc.Role
	leg   fmc.LegID
	sound bool // there is some
}

// measure reads a tape for its length, its tracks and its gaps. A tape without an end, of a server that was killed, is
// as long as its sound.
func measure(path string) (*shape, error) {
	t, err := read(path)
	if err != nil {
		return nil, err
	}
	defer t.file.Close()
	s := &shape{label: t.label}
	end := int64(-1)
	for {
		f, err := t.next()
		if errors.Is(err, io.EOF) {
			break
		}
		s.take(f, &end)
	}
	if s.ended = end >= 0; s.ended {
		s.samples = end
	}
	return s, nil
}

func (s *shape) take(f frame, end *int64) {
	if track, _, first, payload, ok := f.sound(); ok {
		s.samples = max(s.samples, first+int64(len(payload)))
		s.tracks[track].sound = true
	}
	switch {
	case f.kind == kindTrack && len(f.body) > 2:
		t := &s.tracks[f.body[0]]
		t.side = fmc.Side(f.body[1])
		_ = t.leg.UnmarshalText(f.body[2:])
	case f.kind == kindRole && len(f.body) == 2:
		s.tracks[f.body[0]].role = fmc.Role(f.body[1])
	case f.kind == kindGap && len(f.body) == 13:
		if from, ok := place(f.body[1:]); ok {
			s.gap(f.body[0], from, from+int64(binary.LittleEndian.Uint32(f.body[9:])))
		}
	case f.kind == kindEnd && len(f.body) == 8:
		if at, ok := place(f.body); ok {
			*end = at
		}
	}
}

// gap names a stretch of a track that was lost.
func (s *shape) gap(track uint8, from, to int64) {
	s.gaps = append(s.gaps, fmc.RecordingSpan{
		Kind: fmc.SpanGap, From: s.label.Opened + durationOf(from), To: s.label.Opened + durationOf(to), Leg: s.tracks[track].leg, Why: "The recorder could not keep up.",
	})
}

// parties are the legs whose sound is on the tape, in the order in which they came, where one of them has no channel of
// their own; else nobody: the stereo file keeps two apart.
func (s *shape) parties() []trackShape {
	var all []trackShape
	third := false
	for _, t := range s.tracks {
		if !t.sound {
			continue
		}
		third = third || t.side != fmc.Left && t.side != fmc.Right
		if !slices.ContainsFunc(all, func(x trackShape) bool { return x.leg == t.leg }) {
			all = append(all, t)
		}
	}
	if !third || len(all) < 2 {
		return nil
	}
	return all
}

// write makes the files. A track lies on a channel of the stereo file, a third party's on both, and in its leg's own file.
func (s *shape) write(tape string, kept *fmc.Kept) (err error) {
	t, err := read(tape)
	if err != nil {
		return err
	}
	defer t.file.Close()
	name := strings.TrimSuffix(tape, tapeSuffix)
	parties := s.parties()
	var sheets []*sheet
	defer func() {
		if err != nil {
			for _, x := range sheets {
				x.abandon()
			}
		}
	}()
	stereo, err := newSheet(name+".wav", 2, s.samples)
	if err != nil {
		return err
	}
	sheets = append(sheets, stereo)
	for i, p := range parties {
		mono, err := newSheet(fmt.Sprintf("%s-%d-%s.wav", name, i+1, roleName(p.role)), 1, s.samples)
		if err != nil {
			return err
		}
		sheets = append(sheets, mono)
	}
	s.lay(t, stereo, sheets[1:], parties)
	return finish(kept, stereo, sheets[1:], parties)
}

// roleName is a role in the name of a file; a tape of an older version does not tell it.
func roleName(r fmc.Role) string {
	if r == 0 {
		return "party"
	}
	return r.String()
}

// lay lays the sound of a tape on the files.
func (s *shape) lay(t *reading, stereo *sheet, monos []*sheet, parties []trackShape) {
	for {
		x, err := t.next()
		if errors.Is(err, io.EOF) {
			return
		}
		number, codec, first, payload, ok := x.sound()
		if !ok {
			continue
		}
		track := s.tracks[number]
		stereo.lay([]bool{track.side != fmc.Right, track.side != fmc.Left}, codec, first, payload)
		if i := slices.IndexFunc(parties, func(p trackShape) bool { return p.leg == track.leg }); i >= 0 {
			monos[i].lay([]bool{true}, codec, first, payload)
		}
	}
}

// finish ends the files and describes them.
func finish(kept *fmc.Kept, stereo *sheet, monos []*sheet, parties []trackShape) (err error) {
	kept.File = stereo.path
	if kept.SHA256, kept.Bytes, err = stereo.finish(); err != nil {
		return err
	}
	for i, mono := range monos {
		track := fmc.KeptTrack{File: mono.path, Leg: parties[i].leg, Role: parties[i].role}
		if track.SHA256, track.Bytes, err = mono.finish(); err != nil {
			return err
		}
		kept.Tracks = append(kept.Tracks, track)
	}
	return nil
}
