package webtest

import (
	"bytes"
	"context"
	"encoding/binary"
	"time"

	"roadline/cabinet"
	"roadline/fmc"
	"roadline/fmc/cause"
)

// sounds are those of a node that can speak: every prompt is half a second of a tone.
type sounds struct{}

var _ cabinet.Sounds = sounds{}

// Make takes a WAV file as it is.
func (sounds) Make(wav []byte, _ bool) (kept []byte, length time.Duration, err error) {
	if !bytes.HasPrefix(wav, []byte("RIFF")) {
		return nil, 0, cause.Errorf(cause.Invalid, "the file is no WAV file: save it as WAV, PCM 16 bit")
	}
	return wav, 2 * time.Second, nil
}

// Take has nobody to tell.
func (sounds) Take(context.Context, fmc.CompanyID) error { return nil }

// Play plays what is no message.
func (sounds) Play(_ fmc.CompanyID, id fmc.PromptID) ([]byte, error) {
	if _, _, message := id.Message(); message || id == "unknown" {
		return nil, cause.Errorf(cause.NotFound, "callers can hear no prompt %q", id)
	}
	const size = 8000 // half a second at 8000 Hz
	wav := append([]byte("RIFF"), binary.LittleEndian.AppendUint32(nil, 36+size)...)
	wav = append(wav, "WAVEfmt \x10\x00\x00\x00\x01\x00\x01\x00\x40\x1f\x00\x00\x80\x3e\x00\x00\x02\x00\x10\x00data"...)
	wav = binary.LittleEndian.AppendUint32(wav, size)
	for i := range size / 2 {
		wav = binary.LittleEndian.AppendUint16(wav, uint16(i%20*500)) // a saw of 400 Hz
	}
	return wav, nil
}
