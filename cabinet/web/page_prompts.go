package web

import (
	"net/http"
	"slices"

	"roadline/cabinet"
	"roadline/cabinet/access"
	"roadline/configs"
	"roadline/fmc"
	"roadline/store"
)

var promptRoutes = []route{
	{pattern: "GET /company/prompts", right: access.DocumentRead, do: promptsPage},
	{pattern: "GET /company/prompts/+new/text", right: access.DocumentChange, do: newPrompt},
	{pattern: "POST /company/prompts/+new/text", right: access.DocumentChange, do: newPrompt},
	{pattern: "GET /company/prompts/{prompt}", right: access.DocumentChange, do: promptPage},
	{pattern: "POST /company/prompts/{prompt}", right: access.DocumentChange, do: promptPage},
	{pattern: "POST /company/prompts/{prompt}/remove", right: access.DocumentChange, do: removePrompt},
}

// promptsPage lists what callers hear: the company's own words, the sounds it uploaded, what people said by phone, and what
// the house says.
func promptsPage(v *visit) (answer, error) {
	s, err := v.settings()
	if err != nil {
		return nil, err
	}
	view := thingsView{settings: s, Title: v.say("company.prompts"), Intro: v.say("prompt.intro"), Add: "/company/prompts/+new/text", AddText: v.say("prompt.new"), Empty: v.say("prompt.none")}
	if v.viewer.May(access.DocumentPublish) {
		view.More, view.MoreText = "/company/prompts/+new/upload", v.say("promptsound.new")
	}
	uploaded, err := v.keep().PromptSounds(v.ctx())
	if err != nil {
		return nil, err
	}
	uploaded = slices.DeleteFunc(uploaded, func(x store.PromptSound) bool { return x.Language != cabinet.LanguageOf(v.company) })
	own := configs.KeysAt(s.draft.Document, "prompts")
	for _, id := range own {
		view.Things = append(view.Things, v.soundOver(uploaded, thing{
			Title: id, Path: "/company/prompts/" + id, Words: []said{{Text: s.company.Profile.Words[fmc.PromptID(id)]}}, State: "ok", Told: v.say("prompt.own"),
		}))
	}
	house := configs.HousePrompts()
	for _, x := range uploaded {
		if id := string(x.Prompt); !slices.Contains(own, id) && !slices.Contains(house, id) {
			view.Things = append(view.Things, v.soundOver(uploaded, thing{Title: id}))
		}
	}
	recorded, err := v.keep().RecordedPrompts(v.ctx())
	if err != nil {
		return nil, err
	}
	for _, p := range recorded {
		view.Things = append(view.Things, thing{
			Title: string(p.Prompt), State: "ok", Told: v.say("prompt.said"), Sound: promptPath(p.Prompt, "sound"),
			Words: []said{{Text: v.say("prompt.said-by", "Name", nameOf(s.company, p.Employee), "When", v.tongue.when(v.at(p.At)), "Length", v.tongue.length(p.To-p.From))}},
		})
	}
	for _, id := range house {
		if !slices.Contains(own, id) {
			view.Things = append(view.Things, v.soundOver(uploaded, thing{Title: id, Path: "/company/prompts/+new/text?id=" + id, Words: []said{{Text: v.say("prompt.house-" + id)}}, State: "idle", Told: v.say("prompt.house")}))
		}
	}
	return page{screen: "things", title: view.Title, view: view}, nil
}

// soundOver is a prompt with the sound that takes the place of its text, where one was uploaded, and with where it is heard.
func (v *visit) soundOver(uploaded []store.PromptSound, t thing) thing {
	t.Sound = promptPath(fmc.PromptID(t.Title), "sound")
	i := slices.IndexFunc(uploaded, func(s store.PromptSound) bool { return string(s.Prompt) == t.Title })
	if i < 0 {
		return t
	}
	s := uploaded[i]
	by := v.say("prompt.said-by", "Name", v.personName(fmc.EmployeeID(s.Author)), "When", v.tongue.when(v.at(s.At)), "Length", v.tongue.length(s.Length))
	t.Words, t.State, t.Told = append(t.Words, said{Text: by}), "ok", v.say("prompt.uploaded")
	return t
}

func (v *visit) promptFields(id, words string) []field {
	return []field{
		{Name: "id", Label: v.say("prompt.id"), Help: v.say("prompt.id-help"), Value: id, Kind: asLine, Must: true},
		{Name: "words", Label: v.say("prompt.words"), Help: v.say("prompt.words-help"), Value: words, Kind: asProse, Must: true},
	}
}

func newPrompt(v *visit) (answer, error) {
	s, err := v.settings()
	if err != nil {
		return nil, err
	}
	form, err := v.form(formView{settings: s, Title: v.say("prompt.new"), Back: "/company/prompts", Fields: v.promptFields(v.URL.Query().Get("id"), "")})
	if err != nil || v.Method == http.MethodGet {
		return page{screen: "form", title: form.Title, view: form}, err
	}
	known := configs.KeysAt(s.draft.Document, "prompts")
	return v.prompt(form, cabinet.IDOf(form.Fields[0].Value, func(id string) bool { return slices.Contains(known, id) }))
}

// prompt writes a prompt's words.
func (v *visit) prompt(form formView, id string) (answer, error) {
	words := form.Fields[len(form.Fields)-1].Value
	if id == "" || words == "" {
		form.Refused = v.say("prompt.empty")
		return page{screen: "form", title: form.Title, view: form, status: again}, nil
	}
	return v.edit(form, "/company/prompts", configs.Change{Place: []string{"prompts", id}, Value: configs.Text(words)})
}

// promptForm is the form of a prompt of the viewer's draft.
func (v *visit) promptForm() (formView, string, error) {
	s, err := v.settings()
	if err != nil {
		return formView{}, "", err
	}
	id := v.PathValue("prompt")
	words := configs.ValuesAt(s.draft.Document, "prompts", id)
	if len(words) == 0 {
		return formView{}, "", noSuch("prompt", id)
	}
	return formView{
		settings: s, Title: id, Back: "/company/prompts", Fields: v.promptFields(id, words[0])[1:], Remove: "/company/prompts/" + id + "/remove", RemoveText: v.say("prompt.remove"),
	}, id, nil
}

func promptPage(v *visit) (answer, error) {
	form, id, err := v.promptForm()
	if err == nil {
		form, err = v.form(form)
	}
	if err != nil || v.Method == http.MethodGet {
		return page{screen: "form", title: form.Title, view: form}, err
	}
	return v.prompt(form, id)
}

func removePrompt(v *visit) (answer, error) {
	form, id, err := v.promptForm()
	if err != nil {
		return nil, err
	}
	return v.edit(form, "/company/prompts", configs.Change{Place: []string{"prompts", id}})
}
