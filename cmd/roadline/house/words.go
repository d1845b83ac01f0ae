package house

import (
	"cmp"
	"context"
	"fmt"
	"log/slog"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"roadline/cabinet"
	"roadline/fmc"
	"roadline/fmc/cause"
	"roadline/fmc/plan"
	"roadline/fmc/room"
	"roadline/media"
	"roadline/media/prompt"
	"roadline/store"
)

const (
	pauseBetween = time.Second // between two times that a prompt is said
	forever      = 0           // times, as media.Loop counts them
)

// words are what is said and played: the house's prompts, and beside them each company's names and its own words, those
// that its people said by phone, and the messages that were left for them.
type words struct {
	directory *store.Directory
	store     *store.Store
	sayings   sayings
	uploads   uploads
	mailbox   *mailbox
	studio    *prompt.Studio
	house     *prompt.Library
	log       *slog.Logger
	music     media.Sound // on hold, the house's

	copying sync.Mutex // one goroutine at a time changes uploads
	making  sync.Mutex // one file at a time is read, which takes ten times its size

	mu        sync.RWMutex // guards:
	companies map[fmc.CompanyID]voice
}

// voice is what a company says: what was uploaded comes before what is spoken.
type voice struct {
	spoken, uploaded *prompt.Library // nil: nothing yet
	all              *prompt.Library
}

var _ room.Words = (*words)(nil)

func newWords(folder string, h *House) *words {
	studio := prompt.NewStudio(prompt.Options{Folder: folder})
	return &words{
		directory: h.directory, store: h.store, sayings: h.sayings, uploads: uploads{filepath.Join(h.m.Data, "sounds")}, mailbox: h.mailbox, studio: studio, house: prompt.NewLibrary(studio, nil), log: h.log,
		music: media.HoldMusic(), companies: map[fmc.CompanyID]voice{},
	}
}

// Start makes the house's prompts and those of every company that is known already. What cannot be spoken is told in
// the log and missing in calls, whose rules say what then: a node without a voice still takes calls.
func (w *words) Start(ctx context.Context) error {
	switch err := w.house.Prepare(ctx, prompt.Texts()); {
	case ctx.Err() != nil:
		return ctx.Err()
	case err != nil:
		w.log.Error("prompts not spoken", "cause", err)
	}
	for _, c := range w.directory.Companies() {
		w.load(ctx, c.Profile.ID)
		use, err := w.Prepare(ctx, c)
		if err != nil {
			w.log.Error("names not spoken", "company", c.Profile.ID, "cause", err)
			continue
		}
		use()
	}
	return ctx.Err()
}

// Prepare speaks the names and the own words of a company, before its document is applied; calls hear them once use is
// called. An error of kind cause.Invalid is the text's.
func (w *words) Prepare(ctx context.Context, c *fmc.Company) (use func(), err error) {
	language := languageOf(c)
	texts, err := w.sayings.texts(c.Profile.ID, language)
	if err != nil {
		return nil, err
	}
	say := func(id, words string, seldom bool) {
		texts = append(texts, prompt.Text{ID: prompt.ID(id), Language: language, Words: words, Seldom: seldom})
	}
	for _, e := range c.Employees {
		say("name/employee/"+string(e.ID), e.Name, true)
	}
	for _, g := range c.Groups {
		say("name/group/"+string(g.ID), g.Name, false)
	}
	if c.Profile.Name != "" {
		say("name/company", c.Profile.Name, false)
	}
	for id, text := range c.Profile.Words {
		say(string(id), text, false)
	}
	library := prompt.NewLibrary(w.studio, w.house)
	if err := library.Prepare(ctx, texts); err != nil {
		return nil, fmt.Errorf("speak the names of %s: %w", c.Profile.ID, err)
	}
	return func() { w.change(c.Profile.ID, func(v *voice) { v.spoken = library }) }, nil
}

// change changes what a company says.
func (w *words) change(company fmc.CompanyID, how func(*voice)) {
	w.mu.Lock()
	defer w.mu.Unlock()
	v := w.companies[company]
	how(&v)
	if v.all = cmp.Or(v.spoken, w.house); v.uploaded != nil {
		v.all = v.uploaded.Over(v.all)
	}
	w.companies[company] = v
}

// Find returns what a prompt says to the people of a company: a tone, a prompt, a message that was left, or several of
// them one after the other. A message and a person's name are read from disk, by the call that plays them.
func (w *words) Find(company fmc.CompanyID, say fmc.PromptID) (room.Utterance, bool) {
	language, country := w.home(company)
	if _, ok := media.NamedTone(string(say), country); ok {
		return room.Utterance{Play: func(int) media.Source {
			tone, _ := media.NamedTone(string(say), country)
			return tone
		}, Language: string(language)}, true
	}
	u, ok := w.said(company, say, language)
	if !ok {
		return room.Utterance{}, false
	}
	return room.Utterance{
		Play:    func(times int) media.Source { return media.Loop(times, pauseBetween, u.Sounds...) },
		Version: u.Version, Language: string(language),
	}, true
}

// said puts together what is no tone.
func (w *words) said(company fmc.CompanyID, say fmc.PromptID, language prompt.Language) (prompt.Utterance, bool) {
	w.mu.RLock()
	library := cmp.Or(w.companies[company].all, w.house)
	w.mu.RUnlock()
	var all prompt.Utterance
	var plain []string // parts that the library has
	spoken := func() bool {
		u, ok := library.Find(prompt.ID(strings.Join(plain, "+")), language)
		all.Sounds, all.Music, all.Version = append(all.Sounds, u.Sounds...), u.Music, cmp.Or(all.Version, u.Version)
		if u.Lost != nil {
			w.log.Error("what was spoken cannot be read", "company", company, "err", u.Lost)
		}
		ok = ok || len(plain) == 0
		plain = nil
		return ok
	}
	for part := range strings.SplitSeq(string(say), "+") {
		if _, _, ok := fmc.PromptID(part).Message(); !ok {
			plain = append(plain, part)
			continue
		}
		if !spoken() {
			return all, false
		}
		sound, err := w.message(company, fmc.PromptID(part))
		if err != nil {
			w.log.Error("message cannot be heard", "company", company, "err", err)
			return all, false
		}
		all.Sounds = append(all.Sounds, sound)
	}
	return all, spoken()
}

// message reads what somebody left.
func (w *words) message(company fmc.CompanyID, id fmc.PromptID) (media.Sound, error) {
	x, ok := w.mailbox.find(company, id)
	if !ok {
		return media.Sound{}, cause.Errorf(cause.NotFound, "nobody left %s", id)
	}
	wav, err := x.cut()
	if err != nil {
		return media.Sound{}, err
	}
	return media.LoadPrompt(string(id), wav)
}

// home is the language and the country of a company.
func (w *words) home(company fmc.CompanyID) (language prompt.Language, country string) {
	if c, ok := w.directory.Company(company); ok {
		return languageOf(c), c.Profile.Country
	}
	return prompt.English, ""
}

func languageOf(c *fmc.Company) prompt.Language {
	return prompt.Language(cabinet.LanguageOf(c))
}

// lasts is how long a prompt is, said once to the people of a company; 0 for one that cannot be said.
func (w *words) lasts(company fmc.CompanyID, say fmc.PromptID) time.Duration {
	u, ok := w.Find(company, say)
	if !ok {
		return 0
	}
	var frame [media.FrameSamples]byte
	long := time.Duration(0)
	for sound := u.Play(1); sound.Frame(&frame); {
		long += media.FrameTime
	}
	return long
}

// RingBack is the ring-back tone of the company's country.
func (w *words) RingBack(company fmc.CompanyID) media.Source {
	_, country := w.home(company)
	return media.NewTone(media.RingBackTone, country)
}

// Music is what is named, else the company's music on hold, else the house's.
func (w *words) Music(company fmc.CompanyID, name fmc.PromptID) media.Source {
	own := fmc.PromptID("")
	if c, ok := w.directory.Company(company); ok {
		own = c.Profile.HoldMusic
	}
	language, _ := w.home(company)
	for _, id := range []fmc.PromptID{name, own} {
		if id == "" || id == plan.MusicDefault {
			continue
		}
		if u, ok := w.said(company, id, language); ok {
			pause := pauseBetween // words
			if u.Music {
				pause = 0
			}
			return media.Loop(forever, pause, u.Sounds...)
		}
	}
	return media.Loop(forever, 0, w.music)
}
