package plugin

import (
	"context"
	"encoding/json"
	"testing"

	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
)

// pages answers a list page by page, as a client does: it reads JSON into what it is given.
type pages []string

func (p *pages) List(_ context.Context, list client.ObjectList, _ ...client.ListOption) error {
	next := (*p)[0]
	*p = (*p)[1:]
	return json.Unmarshal([]byte(next), list)
}

func (p *pages) Get(context.Context, client.ObjectKey, client.Object, ...client.GetOption) error {
	return nil
}

func TestPeeringsOfOnePageShareNothingWithThoseOfTheNext(t *testing.T) {
	answers := &pages{
		`{"metadata":{"continue":"more"},"items":[{"metadata":{"name":"a"},"status":{"requester":{"vpcID":"vpc-a"}}}]}`,
		`{"metadata":{"continue":""},"items":[{"metadata":{"name":"b"},"status":{"requester":{"vpcID":"vpc-b"}}}]}`,
	}
	all, err := peerings(t.Context(), answers, "")
	if err != nil || len(all) != 2 {
		t.Fatalf("%d, %v", len(all), err)
	}
	for i, want := range []v1alpha1.VPCID{"vpc-a", "vpc-b"} {
		if got := all[i].Status.Requester.VPCID; got != want {
			t.Errorf("%s has %s, want %s", all[i].Name, got, want)
		}
	}
}
