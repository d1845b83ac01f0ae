package cabinet

import (
	"context"
	"net/http"
	"strconv"

	"roadline/cabinet/access"
	"roadline/fmc/cause"
	"roadline/store"
)

const aboutWebhooks = "Webhooks"

const webhooksMore = `By Standard Webhooks 1.0.0: a POST with the headers webhook-id, webhook-timestamp and webhook-signature, whose body is an event
as the stream of events has it. Private calls are told to no receiver. Answer with a status 2xx within 15 seconds; an event that you did not take comes
again for three days, and events come in the order of their numbers wherever that is possible. 410 switches the receiver off.`

func addWebhooks(p *Public) {
	hooks := func(method, path, id, summary, more string) operation {
		return operation{method: method, path: "/webhooks" + path, id: "webhooks." + id, about: aboutWebhooks, right: access.WebhooksChange, summary: summary, more: more}
	}
	add(p, hooks(http.MethodGet, "", "list", "List the receivers of events", ""), p.listWebhooks)
	addWhole(p, hooks(http.MethodPost, "", "add", "Add a receiver of events", webhooksMore), p.addWebhook)
	add(p, hooks(http.MethodGet, "/{webhook}", "get", "Look at a receiver", ""), p.getWebhook)
	add(p, hooks(http.MethodPut, "/{webhook}", "change", "Change a receiver, or switch it on or off", ""), p.changeWebhook)
	add(p, hooks(http.MethodDelete, "/{webhook}", "remove", "Remove a receiver and its log", ""), p.removeWebhook)
	addWhole(p, hooks(http.MethodPost, "/{webhook}/secret", "rotate", "Give a receiver another secret", "For a day the secret before signs too."), p.rotateWebhook)
	add(p, hooks(http.MethodPost, "/{webhook}/test", "test", "Send a receiver a test event", "Its type is webhook.test; no other receiver is told."), p.testWebhook)
	add(p, hooks(http.MethodPost, "/{webhook}/replay", "replay", "Tell a receiver of events once more",
		"Of those of its types from a number on. They keep their webhook-id: a receiver that remembers ids takes none twice."), p.replayWebhook)
	add(p, hooks(http.MethodGet, "/{webhook}/deliveries", "deliveries", "List what a receiver is told of", "The latest event first."), p.listDeliveries)
	add(p, hooks(http.MethodGet, "/{webhook}/deliveries/{n}", "delivery", "See what was sent and answered", "Every try of one event; its message where your rights reach such events, with dots for one-time codes."), p.getDelivery)
}

// WebhookPath names a receiver.
type WebhookPath struct {
	Webhook string `path:"webhook" maxLength:"128" doc:"The receiver's id."`
}

// webhookIn is what a receiver is to be.
type webhookIn struct{ Body WebhookWanted }

// webhookChangeIn is what a receiver is to be from now on.
type webhookChangeIn struct {
	WebhookPath
	Body WebhookWanted
}

// replayIn says which events.
type replayIn struct {
	WebhookPath
	Body struct {
		From int64 `json:"from" minimum:"1" doc:"The number of the first event."`
		To   int64 `json:"to,omitempty" doc:"The number of the last one; left out: the latest there is."`
	}
}

// deliveriesIn chooses deliveries.
type deliveriesIn struct {
	WebhookPath
	PageIn
	State store.DeliveryState `query:"state" enum:"waiting,done,failed"`
}

// deliveryPath names a delivery.
type deliveryPath struct {
	WebhookPath
	N int64 `path:"n" minimum:"1" doc:"The number of the event."`
}

func (p *Public) listWebhooks(ctx context.Context, who asker, _ *struct{}) ([]WebhookShown, error) {
	return p.api.Webhooks(ctx, who.Viewer)
}

func (p *Public) addWebhook(ctx context.Context, who asker, in *webhookIn) (*secretOut[WebhookSecret], error) {
	store.Auditing(ctx).Object = in.Body.URL // it has no id yet
	made, err := p.api.AddWebhook(ctx, who.Viewer, in.Body)
	return secret(made), err
}

func (p *Public) getWebhook(ctx context.Context, who asker, in *WebhookPath) (WebhookShown, error) {
	return p.api.Webhook(ctx, who.Viewer, in.Webhook)
}

func (p *Public) changeWebhook(ctx context.Context, who asker, in *webhookChangeIn) (WebhookShown, error) {
	return p.api.ChangeWebhook(ctx, who.Viewer, in.Webhook, in.Body)
}

func (p *Public) removeWebhook(ctx context.Context, who asker, in *WebhookPath) (Done, error) {
	return Done{true}, p.api.RemoveWebhook(ctx, who.Viewer, in.Webhook)
}

func (p *Public) rotateWebhook(ctx context.Context, who asker, in *WebhookPath) (*secretOut[WebhookSecret], error) {
	made, err := p.api.RotateWebhook(ctx, who.Viewer, in.Webhook)
	return secret(made), err
}

func (p *Public) testWebhook(ctx context.Context, who asker, in *WebhookPath) (Done, error) {
	return Done{true}, p.api.TestWebhook(ctx, who.Viewer, in.Webhook)
}

func (p *Public) replayWebhook(ctx context.Context, who asker, in *replayIn) (ToldAgain, error) {
	return p.api.Replay(ctx, who.Viewer, in.Webhook, in.Body.From, in.Body.To)
}

func (p *Public) listDeliveries(ctx context.Context, who asker, in *deliveriesIn) (DeliveriesPage, error) {
	f := store.DeliveryFilter{State: in.State, Limit: in.Limit}
	if in.After != "" {
		n, err := strconv.ParseInt(in.After, 10, 64)
		if err != nil || n < 1 {
			return DeliveriesPage{}, cause.Errorf(cause.Invalid, "after %q: take it from \"next\" of the page before", in.After)
		}
		f.Before = n
	}
	return p.api.Deliveries(ctx, who.Viewer, in.Webhook, f)
}

func (p *Public) getDelivery(ctx context.Context, who asker, in *deliveryPath) (DeliveryTries, error) {
	return p.api.Delivery(ctx, who.Viewer, in.Webhook, in.N)
}
