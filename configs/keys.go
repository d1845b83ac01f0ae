package configs

import "maps"

// companyKeys are the keys that a company file knows, by where they stand: "" is the file itself, "employees" a person,
// "employees.account" what stands under "account" there; a name that the writer chose is a *. A test holds them to what
// ReadCompany takes.
var companyKeys = map[string][]string{
	"": {
		"alerts", "call_through", "caller_id", "company", "conferences", "confirm", "country", "dialling", "employees", "forwarding", "groups", "hold_music", "hours", "language",
		"message_rules", "mid_call", "missed_calls", "name", "numbers", "programs", "prompts", "recording", "results", "scenarios", "shadow", "sims", "sites", "suspended", "tests", "timezone",
	},
	"caller_id":            {"choose", "for", "show"},
	"conferences":          {"extension", "id", "name", "record"},
	"dialling":             {"abroad", "caps", "countries", "longest", "prefer", "premium"},
	"employees":            {"account", "caps", "extension", "groups", "hours", "id", "mail", "may", "mobile", "name", "operator", "ring", "roles", "voicemail"},
	"employees.account":    {"kind", "sip", "site"},
	"employees.caps":       {"abroad", "calls", "talk"},
	"employees.may":        {"abroad", "countries", "premium"},
	"employees.ring":       {"after", "confirm", "device", "for"},
	"employees.voicemail":  {"greetings", "mail"},
	"forwarding":           {"after", "busy", "no_reply", "unreachable"},
	"groups":               {"each", "extension", "head", "id", "name", "overflow", "ring", "sticky", "strategy", "voicemail", "wait"},
	"groups.overflow":      {"conference", "go", "hang_up", "ring", "say", "voicemail"},
	"groups.wait":          {"longest", "most", "music", "position"},
	"message_rules":        {"by", "from", "program", "to"},
	"missed_calls":         {"deadline", "escalate", "text"},
	"numbers":              {"access", "answer_within", "e164", "lines", "owner", "proof", "scenario", "sim", "stands_for", "trunk"},
	"numbers.proof":        {"by", "contract", "from", "until"},
	"programs":             {"binds", "encoding", "from", "id", "names", "numbers", "rate"},
	"recording":            {"fail_closed", "groups", "internal", "keep", "notice", "pause", "policy", "quota", "refusal"},
	"recording.groups.*":   {"fail_closed", "record"},
	"recording.pause":      {"allowed", "for", "until_resumed"},
	"results":              {"call_back", "closes", "id", "name"},
	"scenarios.*":          {"conference", "go", "hang_up", "menu", "ring", "say", "schedule", "voicemail"},
	"scenarios.*.menu":     {"default", "dial_extension", "keys", "prompt", "repeats", "timeout"},
	"scenarios.*.schedule": {"do", "inside", "outside"},
	"shadow":               {"calls", "card_messages", "card_minutes", "cards", "messages", "minutes", "texts", "window"},
	"tests":                {"at", "by", "dial", "expect", "from", "keys", "name", "to"},
	"tests.expect":         {"reaches", "recorded", "refused", "shows", "within"},
}

// CompanyKeys returns the keys that a company file knows, by where they stand: "" is the file itself, "employees" a
// person, "scenarios.*.menu" a menu of a scenario.
func CompanyKeys() map[string][]string { return maps.Clone(companyKeys) }
