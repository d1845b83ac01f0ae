package demo

import (
	"context"
	"fmt"
	"path/filepath"
	"strings"

	"golang.org/x/sync/errgroup"

	"roadline/cmd/roadline/demo/outside"
	"roadline/fmc"
	"roadline/media/prompt"
)

// voices are how espeak-ng speaks for each person of the company, and for clients.
var voices = map[string]prompt.Voice{
	"ivanov":   {Name: "en-gb+m3", Speed: 175, Pitch: 40},
	"petrova":  {Name: "en-us+f2", Speed: 180, Pitch: 55},
	"sidorov":  {Name: "en-us+m7", Speed: 170, Pitch: 35},
	"orlova":   {Name: "en-gb+f3", Speed: 180, Pitch: 60},
	"volkov":   {Name: "en-gb+m5", Speed: 165, Pitch: 30},
	"smirnova": {Name: "en-us+f4", Speed: 175, Pitch: 50},
	"kuzmin":   {Name: "en-us+m1", Speed: 185, Pitch: 45},
	"client-1": {Name: "en-us+m2", Speed: 180, Pitch: 50},
	"client-2": {Name: "en-gb+f1", Speed: 185, Pitch: 65},
	"client-3": {Name: "en-gb+m6", Speed: 170, Pitch: 25},
	"network":  {Name: "en-us+f5", Speed: 160, Pitch: 50},
}

// clientVoices is how many voices clients have.
const clientVoices = 3

// answers are what people of a group say, one after the other, once the client has spoken; before it they greet.
var answers = map[fmc.GroupID][]string{
	"sales":   {"Certainly. When do you need them?", "Two thousand roubles a pallet, delivered.", "Thank you for your order. Goodbye."},
	"support": {"I see. Is the red light on?", "Then press the green button for five seconds, please.", "I am glad to hear that. Goodbye."},
	"office":  {"One moment. Yes, it was paid on Monday.", "You are welcome. Goodbye."},
}

// wishes are what clients say to each group, in turn.
var wishes = map[fmc.GroupID][]string{
	"sales":   {"Hello, I would like to order forty pallets of bricks.", "On Friday, please. What would that cost?", "Good, I take them. Thank you, goodbye."},
	"support": {"Hello, our mixer does not start any more.", "Yes, it is red.", "Now it works! Thank you, goodbye."},
	"office":  {"Hello, was our invoice paid already?", "Thank you very much, goodbye."},
}

// Calls out: what people say to a client, and what clients say to them.
var (
	errands = []string{"Good afternoon, this is Acme Construction. Your bricks are on their way.", "At three o'clock. The driver calls you before.", "Goodbye."}
	replies = []string{"Hello, who is there?", "Very good. When will they be here?", "Thank you, goodbye."}
)

// Other things that are said.
const (
	atTheMenu   = "I do not want to press anything. Hello? Is there anybody?"
	message     = "Hello, this is about our mixer. Please call me back when somebody is there. Thank you."
	greeting    = "%s, %s speaking. How can I help you?"
	helloInside = "%s, hello."
	voicemail   = "Hello. The person you have called cannot take your call. Please leave a message after the tone. You may also send a text message. Thank you, and have a nice day."
	switchedOff = "The telephone is switched off or out of the network."
)

// line names a phrase: who says what.
func line(who, what string) string { return who + ": " + what }

// teach speaks everything that is said in the demo, and what people understand of the house's prompts. What was spoken
// in an earlier demo is taken from the folder.
func (d *Demo) teach(ctx context.Context) error {
	var texts []spoken
	say := func(who string, all ...string) {
		for _, text := range all {
			texts = append(texts, spoken{who: who, text: text})
		}
	}
	for _, e := range d.company.Employees {
		if len(e.Groups) == 0 || e.ID == guest {
			continue
		}
		who := string(e.ID)
		say(who, d.greets(e), insideGreeting(e))
		say(who, answers[e.Groups[0]]...)
		say(who, errands...)
	}
	for n := range clientVoices {
		who := fmt.Sprintf("client-%d", n+1)
		for _, all := range wishes {
			say(who, all...)
		}
		say(who, replies...)
		say(who, atTheMenu, message)
	}
	say("network", voicemail, switchedOff)
	texts = append(texts, d.prompts()...)
	phrases, err := d.speak(ctx, texts)
	if err != nil {
		return err
	}
	d.world.Teach(phrases)
	return nil
}

// spoken is a text in somebody's voice; name is what it is known by, where that is not the text itself.
type spoken struct{ who, text, name string }

// houseVoice is who says the prompts.
const houseVoice = "house"

// prompts are the prompts that clients understand, as the house speaks them.
func (d *Demo) prompts() []spoken {
	var all []spoken
	for _, t := range prompt.Texts() {
		id := string(t.ID)
		if t.Language == prompt.English && (id == "recording-notice" || id == "enter-pin" || id == "called-back" || asksForMessage(id)) {
			all = append(all, spoken{houseVoice, t.Words, id})
		}
	}
	for id, text := range d.company.Profile.Words {
		all = append(all, spoken{houseVoice, text, string(id)})
	}
	return all
}

// asksForMessage says that a prompt of the house asks for a message.
func asksForMessage(id string) bool {
	return id == "leave-message" || strings.HasPrefix(id, "voicemail-")
}

// speak makes the sounds, a few at a time.
func (d *Demo) speak(ctx context.Context, texts []spoken) (*outside.Phrases, error) {
	studios := map[string]*prompt.Studio{houseVoice: prompt.NewStudio(prompt.Options{Folder: d.promptFolder()})}
	for who, voice := range voices {
		studios[who] = prompt.NewStudio(prompt.Options{
			Folder: filepath.Join(d.o.Folder, "speech"), Voices: map[prompt.Language]prompt.Voice{prompt.English: voice},
		})
	}
	made := make([]outside.Phrase, len(texts))
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(4)
	for i, t := range texts {
		group.Go(func() error {
			sound, _, err := studios[t.who].Speak(ctx, t.text, prompt.English)
			name := t.name
			if name == "" {
				name = t.text
			}
			made[i] = outside.Phrase{Name: line(t.who, name), Sound: sound}
			return err
		})
	}
	if err := group.Wait(); err != nil {
		return nil, fmt.Errorf("speak for the demo: %w", err)
	}
	return outside.NewPhrases(made...), nil
}

// promptFolder is where the house keeps what it speaks: the same words are spoken once.
func (d *Demo) promptFolder() string { return filepath.Join(d.o.Folder, "prompts") }

// greets is how a person answers a client.
func (d *Demo) greets(e fmc.Employee) string {
	name := d.company.Profile.Name
	if g, ok := d.company.Group(e.Groups[0]); ok {
		name = "Acme " + g.Name
	}
	first, _, _ := strings.Cut(e.Name, " ")
	return fmt.Sprintf(greeting, name, first)
}

func insideGreeting(e fmc.Employee) string {
	first, _, _ := strings.Cut(e.Name, " ")
	return fmt.Sprintf(helloInside, first)
}
