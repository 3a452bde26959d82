package aws

import (
	"testing"
	"time"
)

func TestReadingsAreOfWhatIsWantedAndCameThrough(t *testing.T) {
	server := startedEndpoint(t)
	server.answer("DescribeVpcs", "<R/>")
	server.refuse("DescribeRouteTables", "UnauthorizedOperation", "no")
	clients := NewClients(server.configuration())
	id := Identity{Name: "peer", RoleARN: ""}
	began := time.Now()
	reader := clients.Reader(id, "eu-west-1")
	if _, err := reader.Side(t.Context(), Query{Owner: "n/p", VPC: "vpc-1", Kinds: VPCs | RouteTables, NotBefore: began}); err == nil {
		t.Fatal("a refused read succeeded")
	}
	got := clients.Readings()
	if len(got) != 1 {
		t.Fatalf("Readings() = %+v, want the one of VPCs", got)
	}
	if got[0].At.Before(began) || got[0].At.After(time.Now()) {
		t.Errorf("read at %s, began %s", got[0].At, began)
	}
	got[0].At = time.Time{}
	if want := (Reading{Identity: "peer", Account: "ambient", Region: "eu-west-1", Kind: "VPC"}); got[0] != want {
		t.Errorf("Readings() = %+v, want %+v", got[0], want)
	}
	clients.Release("n/p")
	if left := clients.Readings(); len(left) != 0 {
		t.Errorf("nobody wants anything, and there are readings: %+v", left)
	}
}
