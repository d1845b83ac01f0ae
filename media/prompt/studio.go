package prompt

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"roadline/fmc/cause"
	"roadline/media"
)

// Voice is how espeak-ng speaks a language.
type Voice struct {
	Name  string // as in espeak-ng --voices
	Speed int    // words a minute
	Pitch int    // 0 to 99
}

// Voices are the house's. A new dictionary of espeak-ng changes no version: what was once spoken is kept.
func Voices() map[Language]Voice {
	return map[Language]Voice{
		English: {Name: "en-gb", Speed: 150, Pitch: 45},
		Russian: {Name: "ru", Speed: 145, Pitch: 45},
	}
}

// making is part of every version: it changes when the same words and voice would sound different, as after a change of
// level or filter.
const making = "1"

// longestSpeech is the most that a program may write: ten minutes at 22050 Hz, 16 bits.
const longestSpeech = 10*60*22050*2 + 64

// Options are the machine's side of speaking.
type Options struct {
	Folder  string             // where speech is kept; made when missing
	Program string             // espeak-ng, unless it lies elsewhere
	Limit   time.Duration      // for one text; 30 s unless set
	Voices  map[Language]Voice // the house's unless set
}

// Studio makes speech and keeps it. Files are named by their version and never change; any number of goroutines and
// programs may use one folder at once.
type Studio struct{ o Options }

// NewStudio makes a studio. It starts nothing and touches no disk.
func NewStudio(o Options) *Studio {
	if o.Program == "" {
		o.Program = "espeak-ng"
	}
	if o.Limit == 0 {
		o.Limit = 30 * time.Second
	}
	if o.Voices == nil {
		o.Voices = Voices()
	}
	return &Studio{o: o}
}

// Speak returns the sound of words, from the folder or newly made, with its version. Words that cannot be said, and a
// language without a voice, are cause.Invalid; a missing or failing program is cause.Unavailable. It may take seconds:
// never on the path of a call.
func (s *Studio) Speak(ctx context.Context, words string, language Language) (media.Sound, string, error) {
	words, err := clean(words)
	if err != nil {
		return media.Sound{}, "", err
	}
	voice, ok := s.o.Voices[language]
	if !ok {
		return media.Sound{}, "", cause.Errorf(cause.Invalid, "no voice speaks %q: use en or ru", language)
	}
	about := fmt.Sprintf("made %s\nvoice %s speed %d pitch %d\n%s\n", making, voice.Name, voice.Speed, voice.Pitch, words)
	version := versionOf([]byte(about))
	path := filepath.Join(s.o.Folder, version)
	if sound, err := s.kept(path, version, about); err == nil {
		return sound, version, nil
	}
	wav, err := s.say(ctx, voice, words)
	if err != nil {
		return media.Sound{}, "", fmt.Errorf("speak %q: %w", short(words), err)
	}
	sound, err := media.LoadPrompt(version, wav)
	if err == nil && sound.Samples() == 0 {
		err = cause.Errorf(cause.Invalid, "nothing is heard of it: write it in words")
	}
	if err != nil {
		return media.Sound{}, "", fmt.Errorf("speak %q: %w", short(words), err)
	}
	if err := s.keep(path, sound, about); err != nil {
		return media.Sound{}, "", cause.Errorf(cause.Unavailable, "keep speech: %w", err)
	}
	return sound, version, nil
}

// versionOf is the version of whatever is heard: 64 bits of SHA-256.
func versionOf(what []byte) string {
	sum := sha256.Sum256(what)
	return hex.EncodeToString(sum[:8])
}

// kept reads a sound that was made before. Its text is written after it and names its hash: what a power cut left of
// either is found out.
func (s *Studio) kept(path, version, about string) (media.Sound, error) {
	text, err := os.ReadFile(path + ".txt")
	if err != nil {
		return media.Sound{}, err
	}
	wav, err := os.ReadFile(path + ".wav")
	if err != nil {
		return media.Sound{}, err
	}
	if string(text) != about+hashLine(wav) {
		return media.Sound{}, cause.Errorf(cause.Invalid, "%s.wav is not what was kept", path)
	}
	return media.ReadSound(version, wav)
}

// read reads a sound that was found to be whole before.
func (s *Studio) read(version string) (media.Sound, error) {
	wav, err := os.ReadFile(filepath.Join(s.o.Folder, version+".wav"))
	if err != nil {
		return media.Sound{}, err
	}
	return media.ReadSound(version, wav)
}

// keep writes a sound, and beside it the words that it says: a record names a version, and this is how it is read years
// later.
func (s *Studio) keep(path string, sound media.Sound, about string) error {
	if err := os.MkdirAll(s.o.Folder, 0o750); err != nil {
		return err
	}
	wav := sound.WAV()
	if err := replace(path+".wav", wav); err != nil {
		return err
	}
	return replace(path+".txt", []byte(about+hashLine(wav)))
}

func hashLine(wav []byte) string { return fmt.Sprintf("wav %x\n", sha256.Sum256(wav)) }

// replace writes a file whole or not at all, as every other program sees it.
func replace(path string, content []byte) (err error) {
	f, err := os.CreateTemp(filepath.Dir(path), ".new-*")
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, os.Remove(f.Name()))
		}
	}()
	_, err = f.Write(content)
	if err = errors.Join(err, f.Close()); err != nil {
		return err
	}
	return os.Rename(f.Name(), path)
}

// say runs the program. The words go to its standard input: no word is an option, and no other user sees them.
func (s *Studio) say(ctx context.Context, voice Voice, words string) ([]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, s.o.Limit)
	defer cancel()
	command := exec.CommandContext(ctx, s.o.Program, "--stdin", "--stdout", "-b", "1", "-v", voice.Name,
		"-s", strconv.Itoa(voice.Speed), "-p", strconv.Itoa(voice.Pitch))
	command.WaitDelay = time.Second
	wav, complaint := limited{most: longestSpeech}, limited{most: 1 << 16}
	command.Stdin, command.Stdout, command.Stderr = bytes.NewReader([]byte(words)), &wav, &complaint
	err := command.Run()
	switch {
	case errors.Is(err, exec.ErrNotFound) || errors.Is(err, fs.ErrNotExist):
		return nil, cause.Errorf(cause.Unavailable, "%s is not installed: apt install espeak-ng", s.o.Program)
	case wav.full:
		return nil, cause.Errorf(cause.Unavailable, "%s writes without end", s.o.Program)
	case ctx.Err() != nil:
		return nil, cause.Errorf(cause.Unavailable, "%s took too long: %w", s.o.Program, ctx.Err())
	case err != nil:
		said, _, _ := strings.Cut(strings.TrimSpace(string(complaint.taken)), "\n")
		return nil, cause.Errorf(cause.Unavailable, "%s: %w: %s", s.o.Program, err, said)
	}
	return wav.taken, nil
}

// limited takes so many bytes and no more. It is no bytes.Buffer: io.Copy would read past the limit with its ReadFrom.
type limited struct {
	taken []byte
	most  int
	full  bool // more was offered
}

func (l *limited) Write(b []byte) (int, error) {
	if len(b) > l.most-len(l.taken) {
		l.full = true
		return 0, io.ErrShortWrite
	}
	l.taken = append(l.taken, b...)
	return len(b), nil
}
