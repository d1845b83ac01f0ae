package cabinet

import (
	"context"
	"net/http"

	"roadline/cabinet/access"
	"roadline/fmc"
)

const aboutPrompts = "Prompts"

// PromptPath names a prompt.
type PromptPath struct {
	Prompt fmc.PromptID `path:"prompt" maxLength:"128" doc:"The prompt's name; one with a slash is written with %2F."`
}

// promptSoundIn is a sound for one.
type promptSoundIn struct {
	PromptPath
	Language string `query:"language" enum:"en,ru" doc:"Of what is said; left out: what callers of the company hear."`
	Music    bool   `query:"music" doc:"It is music: kept whole, at the level of music, and played on and on without a pause."`
	File     string `query:"file" maxLength:"200" doc:"What the file is called, for people."`
	RawBody  []byte `contentType:"audio/wav"`
}

// removeSoundIn names a sound.
type removeSoundIn struct {
	PromptPath
	Language string `query:"language" enum:"en,ru" doc:"Left out: what callers of the company hear."`
}

func addPrompts(p *Public) {
	add(p, operation{
		method: http.MethodGet, path: "/prompts", id: "prompts.list", about: aboutPrompts, right: access.DocumentRead, least: access.Company,
		summary: "List what callers hear", more: "Sounds that were uploaded, prompts that people said by phone, the company's own texts, and what the house says.",
	}, func(ctx context.Context, who asker, _ *struct{}) ([]PromptShown, error) {
		return p.api.Prompts(ctx, who.company)
	})
	addWhole(p, operation{
		method: http.MethodGet, path: "/prompts/{prompt}/sound", id: "prompts.listen", about: aboutPrompts, right: access.DocumentRead, least: access.Company, media: wavMedia,
		summary: "Get a prompt as callers hear it", more: "A WAV file of one channel.",
	}, p.sendPrompt)
	add(p, operation{
		method: http.MethodPut, path: "/prompts/{prompt}/sound", id: "prompts.upload", about: aboutPrompts, right: access.DocumentPublish, least: access.Company, most: mostBody,
		summary: "Upload a sound for a prompt",
		more: "A WAV file, mono or stereo, PCM at 8000 to 48000 Hz, at most 8 MiB and five minutes. It is brought to 8000 Hz and to the level of speech, and heard " +
			"from the next call in place of the prompt's text. The audit tells what was there before.",
	}, p.keepPrompt)
	add(p, operation{
		method: http.MethodDelete, path: "/prompts/{prompt}/sound", id: "prompts.remove", about: aboutPrompts, right: access.DocumentPublish, least: access.Company,
		summary: "Remove the uploaded sound of a prompt", more: "Its text is spoken again. The answer is what callers hear of it then.",
	}, p.removePrompt)
}

func (p *Public) sendPrompt(_ context.Context, who asker, in *PromptPath) (*soundOut, error) {
	wav, err := p.api.PromptSound(who.Viewer, in.Prompt)
	if err != nil {
		return nil, err
	}
	return outOf(played{wav}), nil
}

func (p *Public) keepPrompt(ctx context.Context, who asker, in *promptSoundIn) (PromptShown, error) {
	return p.api.KeepSound(ctx, who.company, SoundWanted{
		Prompt: in.Prompt, Language: in.Language, File: in.File, Music: in.Music, By: who.By(), WAV: in.RawBody,
	})
}

func (p *Public) removePrompt(ctx context.Context, who asker, in *removeSoundIn) (PromptShown, error) {
	return p.api.RemoveSound(ctx, who.company, in.Prompt, in.Language)
}
