package house

import (
	"cmp"
	"context"
	"fmt"
	"regexp"
	"strings"
	"time"

	"roadline/fmc"
	"roadline/media/prompt"
	"roadline/store/journal"
)

// setMode sets how a person of a company wishes to be rung: it is written before it counts.
func (h *House) setMode(company fmc.CompanyID, m fmc.ModeSet) error {
	if err := h.facts().Append(fmc.Fact{Company: company, Body: m}); err != nil {
		return err
	}
	h.modes.Took(company, m)
	return nil
}

// recoverWishes takes the modes, and the modems that cards of a bank are to serve, that the journals of earlier starts have and
// PostgreSQL may not.
func (h *House) recoverWishes() {
	set, err := journal.Wishes(h.left)
	if err != nil {
		h.log.Error("wishes of the old journal not all read", "cause", err)
	}
	for _, f := range set {
		switch m := f.Body.(type) {
		case fmc.ModeSet:
			h.modes.Took(f.Company, m)
		case fmc.CardMoved:
			h.banks.Took(f.Company, m)
		default: // no other fact is a wish
		}
	}
}

// rememberModes takes the modes that PostgreSQL has, where the file of this node was lost.
func (h *House) rememberModes(ctx context.Context, c *fmc.Company) {
	set, err := h.store.For(c.Profile.ID).Modes(ctx)
	if err != nil {
		h.log.Warn("earlier modes not remembered", "company", c.Profile.ID, "err", err)
		return
	}
	h.modes.Took(c.Profile.ID, set...)
}

// modeWords are what people write who say how they wish to be rung.
var modeWords = map[string]fmc.ModeKind{
	"on": fmc.Available, "mobile": fmc.MobileOnly, "dnd": fmc.Undisturbed, "do not disturb": fmc.Undisturbed,
	"на связи": fmc.Available, "мобильный": fmc.MobileOnly, "не беспокоить": fmc.Undisturbed,
}

// modeForm is such a text: the word; how many hours, or the time of day until which.
var modeForm = regexp.MustCompile(`^([\pL ]+?)(?: +(?:(\d{1,2}) ?(?:h|ч)|(?:until |до )?(\d{1,2})[:.](\d\d)))?$`)

// modeTexted reads a text as a mode; false where it is none.
func modeTexted(text string, now time.Time, zone *time.Location) (m fmc.Mode, ok bool) {
	parts := modeForm.FindStringSubmatch(strings.Join(strings.Fields(strings.ToLower(text)), " "))
	if parts == nil {
		return m, false
	}
	kind, known := modeWords[parts[1]]
	clock := parts[4]
	if clock != "" {
		clock = fmt.Sprintf("%02s", parts[3]) + clock
	}
	until, good := fmc.UntilKeyed(parts[2]+clock, now, zone)
	if !known || !good {
		return m, false
	}
	if kind == fmc.Available {
		until = time.Time{}
	}
	return fmc.Mode{Kind: kind, Until: until}, true
}

// modeTold are what whoever set a mode by a text is answered.
var modeTold = map[fmc.ModeKind]prompt.ID{fmc.Available: "mode-on", fmc.MobileOnly: "mode-mobile", fmc.Undisturbed: "mode-dnd"}

// toldMode is what whoever set a mode by a text is answered: what they would hear, with the end in figures.
func toldMode(m fmc.Mode, in prompt.Language, zone *time.Location) string {
	words, _ := prompt.Words(modeTold[m.Kind], in)
	if m.Until.IsZero() {
		return words
	}
	until := map[prompt.Language]string{prompt.Russian: " до "}[in]
	return strings.TrimSuffix(words, ".") + cmp.Or(until, " until ") + m.Until.In(zone).Format("15:04") + "."
}
