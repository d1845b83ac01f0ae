package alsa

import (
	"cmp"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"roadline/fmc/cause"
)

// Card is a sound card that has a stream in each direction.
type Card struct {
	Number   int
	ID       string // "Android", "Android_1": the kernel makes it unique
	USB      string // the hub port of its USB device, "1-1.2"; empty: it is none of USB
	Capture  int    // the device of /dev/snd that what is heard comes from
	Playback int    // the one that what is said goes to
}

// Files are the card's device files: capture, playback.
func (c Card) Files() []string {
	return []string{
		fmt.Sprintf("/dev/snd/pcmC%dD%dc", c.Number, c.Capture),
		fmt.Sprintf("/dev/snd/pcmC%dD%dp", c.Number, c.Playback),
	}
}

var (
	cardDir   = regexp.MustCompile(`^card(\d+)$`)
	streamDir = regexp.MustCompile(`^pcmC\d+D(\d+)([cp])$`)
	hubPort   = regexp.MustCompile(`^\d+-\d+(\.\d+)*$`)
)

// Cards lists the cards of a machine that can hear and speak, by number; root is "/" but in tests.
func Cards(root string) []Card {
	dir := filepath.Join(root, "sys/class/sound")
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil // no sound at all
	}
	var list []Card
	for _, e := range entries {
		m := cardDir.FindStringSubmatch(e.Name())
		if m == nil {
			continue
		}
		if c, ok := readCard(filepath.Join(dir, e.Name())); ok {
			c.Number, _ = strconv.Atoi(m[1]) // digits, as the pattern says
			list = append(list, c)
		}
	}
	slices.SortFunc(list, func(a, b Card) int { return cmp.Compare(a.Number, b.Number) })
	return list
}

// readCard reads one card of sysfs; ok is false for one that lacks a direction.
func readCard(dir string) (c Card, ok bool) {
	id, err := os.ReadFile(filepath.Join(dir, "id"))
	entries, err2 := os.ReadDir(dir + "/")
	place, err3 := filepath.EvalSymlinks(dir)
	if err != nil || err2 != nil || err3 != nil {
		return c, false
	}
	c = Card{ID: strings.TrimSpace(string(id)), Capture: -1, Playback: -1}
	for _, e := range entries {
		m := streamDir.FindStringSubmatch(e.Name())
		if m == nil {
			continue
		}
		n, _ := strconv.Atoi(m[1])
		way := &c.Playback
		if m[2] == "c" {
			way = &c.Capture
		}
		if *way < 0 || n < *way {
			*way = n
		}
	}
	// …/usb1/1-1/1-1.2/1-1.2:1.6/sound/card1: the device is the deepest that has a hub port's name.
	for element := range strings.SplitSeq(place, "/") {
		if hubPort.MatchString(element) {
			c.USB = element
		}
	}
	return c, c.Capture >= 0 && c.Playback >= 0
}

// Find is the card of that ID, or in that hub port. Two modules of one sort make "Android" and "Android_1", in the order
// in which they started: only the hub port tells them apart for good.
func Find(root, name string) (Card, error) {
	cards := Cards(root)
	i := slices.IndexFunc(cards, func(c Card) bool { return name != "" && (c.ID == name || c.USB == name) })
	if i >= 0 {
		return cards[i], nil
	}
	var ids []string
	for _, c := range cards {
		ids = append(ids, c.ID)
	}
	return Card{}, cause.Errorf(cause.NotFound, "sound card %q: there is none; those that are there: %s. The module may still be starting, or its sound is off", name, cmp.Or(strings.Join(ids, ", "), "none"))
}
