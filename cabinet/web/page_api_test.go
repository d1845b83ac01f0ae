package web_test

import (
	"net/http"
	"strings"
	"testing"

	"roadline/cabinet/web/webtest"
)

func TestThePageAboutTheAPIHasEveryOperation(t *testing.T) {
	c := webtest.Open(t)
	var ids []string
	for _, part := range c.API.Guide().Parts {
		for _, op := range part.Operations {
			ids = append(ids, op.ID)
			if op.Curl == "" || op.Summary == "" || len(op.Body) > 0 && !strings.Contains(op.Curl, "--json") {
				t.Errorf("%+v", op)
			}
		}
	}
	if len(ids) < 60 {
		t.Fatalf("only %d operations", len(ids))
	}
	for who, lacks := range map[string]bool{"anna": true, "": false} {
		status, text := c.Visitor(who).Get("/docs/api")
		if status != http.StatusOK {
			t.Fatalf("%q: %d %s", who, status, text)
		}
		for _, id := range ids {
			if !strings.Contains(text, `id="`+id+`"`) {
				t.Errorf("%q does not see %s", who, id)
			}
		}
		if strings.Contains(text, "which you do not have") != lacks {
			t.Errorf("%q is told wrongly what they may", who)
		}
	}
}
