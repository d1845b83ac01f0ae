package web

import (
	"bytes"
	"net/url"
	"time"

	"roadline/cabinet"
	"roadline/cabinet/access"
	"roadline/fmc"
	"roadline/fmc/cause"
)

var promptSoundRoutes = []route{
	{pattern: "GET /company/prompts/+new/upload", right: access.DocumentPublish, do: newSound},
	{pattern: "POST /company/prompts/+new/upload", right: access.DocumentPublish, do: uploadSound},
	{pattern: "GET /company/prompts/{prompt}/sound", right: access.DocumentRead, do: promptSound},
	{pattern: "GET /company/prompts/{prompt}/audio", right: access.DocumentRead, do: promptAudio},
	{pattern: "POST /company/prompts/{prompt}/sound/remove", right: access.DocumentPublish, do: removeSound},
}

var promptSoundScreens = shows{"prompt-sound": promptSoundView{}}

// promptSoundView is one prompt as callers hear it, with the form by which a sound takes the place of its text.
type promptSoundView struct {
	Prompt   string // empty: a new one, whose name is asked for
	Audio    string // where it is heard; empty: there is nothing yet
	Words    string // that are spoken without a sound; empty: not the company's own
	Uploaded *uploadedSound
	Music    bool
	May      bool // the visitor may change it
	Takes    bool // an upload can take its place
	Remove   string
	Refused  string
}

// uploadedSound is what was uploaded.
type uploadedSound struct {
	File   string
	By     string
	At     moment
	Length time.Duration
}

// promptPath is the address of a prompt's page; names that people say by phone have slashes.
func promptPath(id fmc.PromptID, what string) string {
	return "/company/prompts/" + url.PathEscape(string(id)) + "/" + what
}

func newSound(v *visit) (answer, error) {
	return page{screen: "prompt-sound", title: v.say("promptsound.new"), view: promptSoundView{May: true, Takes: true}}, nil
}

func promptSound(v *visit) (answer, error) {
	view, err := v.promptSound(fmc.PromptID(v.PathValue("prompt")))
	return page{screen: "prompt-sound", title: view.Prompt, view: view}, err
}

// promptSound reads one prompt of the version that serves.
func (v *visit) promptSound(id fmc.PromptID) (promptSoundView, error) {
	p, err := v.site.o.API.PromptHeard(v.ctx(), v.company, id)
	if err != nil {
		return promptSoundView{}, err
	}
	if p.Source == "" {
		return promptSoundView{}, v.problem(cause.NotFound, "promptsound.unknown")
	}
	view := promptSoundView{
		Prompt: string(id), Audio: promptPath(id, "audio"), Words: p.Words, Music: p.Music, May: v.viewer.May(access.DocumentPublish), Takes: p.Source != cabinet.PromptByPhone,
	}
	if p.Source == cabinet.PromptUploaded {
		view.Uploaded = &uploadedSound{p.File, v.personName(fmc.EmployeeID(p.By)), v.at(*p.At), time.Duration(float64(p.Length) * float64(time.Second))}
		view.Remove = promptPath(id, "sound/remove")
	}
	return view, nil
}

func promptAudio(v *visit) (answer, error) {
	heard, err := v.site.o.API.PromptSound(v.viewer, fmc.PromptID(v.PathValue("prompt")))
	return wav{bytes.NewReader(heard)}, err
}

// uploadSound takes a WAV file; what is wrong with it is said above the form.
func uploadSound(v *visit) (answer, error) {
	wanted, err := v.sentSound()
	if err != nil {
		return nil, err
	}
	_, err = v.site.o.API.KeepSound(v.audited("prompts.upload", string(wanted.Prompt)), v.company, wanted)
	if err == nil {
		return redirect{to: promptPath(wanted.Prompt, "sound"), said: notice{Text: v.say("promptsound.kept")}}, nil
	}
	why, err := v.refused(nil, err)
	if err != nil {
		return nil, err
	}
	view, err := v.promptSound(wanted.Prompt)
	if cause.KindOf(err) == cause.NotFound {
		view, err = promptSoundView{Prompt: "", May: true, Takes: true}, nil
	}
	view.Music, view.Refused = wanted.Music, why
	return page{screen: "prompt-sound", title: v.say("promptsound.new"), view: view, status: again}, err
}

// sentSound is the file that was sent, and what it is for. Without a file the form is shown again, which says so.
func (v *visit) sentSound() (wanted cabinet.SoundWanted, err error) {
	if wanted.WAV, wanted.File, err = v.sentFile("file"); err != nil {
		return wanted, err
	}
	wanted.Prompt, wanted.Music, wanted.By = fmc.PromptID(v.FormValue("prompt")), v.FormValue("music") != "", v.viewer.By()
	return wanted, nil
}

func removeSound(v *visit) (answer, error) {
	id := fmc.PromptID(v.PathValue("prompt"))
	if _, err := v.site.o.API.RemoveSound(v.audited("prompts.remove", string(id)), v.company, id, ""); err != nil {
		return nil, err
	}
	return redirect{to: "/company/prompts", said: notice{Text: v.say("promptsound.removed")}}, nil
}
