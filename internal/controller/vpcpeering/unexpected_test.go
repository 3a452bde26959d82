package vpcpeering

import (
	"bytes"
	"io"
	"net/http"
	"regexp"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/ec2"
	ec2types "github.com/aws/aws-sdk-go-v2/service/ec2/types"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
	"github.com/crossvpc/crossvpc/test/awssim"
	"github.com/crossvpc/crossvpc/test/scene"
)

// elsewhere makes AWS say another thing of one end of every connection, wherever an answer speaks of one.
type elsewhere struct {
	end         *regexp.Regexp
	truth, said string
	next        http.Client
}

func endOfConnection(element, truth, said string) *elsewhere {
	return &elsewhere{end: regexp.MustCompile("(?s)<" + element + ">.*?</" + element + ">"), truth: ">" + truth + "<", said: ">" + said + "<"}
}

// Do is the way to AWS.
func (e *elsewhere) Do(request *http.Request) (*http.Response, error) {
	response, err := e.next.Do(request)
	if err != nil {
		return nil, err
	}
	defer func() { _ = response.Body.Close() }()
	content, err := io.ReadAll(response.Body)
	if err != nil {
		return nil, err
	}
	content = e.end.ReplaceAllFunc(content, func(end []byte) []byte { return bytes.ReplaceAll(end, []byte(e.truth), []byte(e.said)) })
	response.Body, response.ContentLength = io.NopCloser(bytes.NewReader(content)), int64(len(content))
	response.Header.Del("Content-Length")
	return response, nil
}

const stranger = "333333333333"

func TestA3OnlyTheExpectedConnectionIsAccepted(t *testing.T) {
	for name, answer := range map[string]*elsewhere{
		"the requester's account is another one": endOfConnection("requesterVpcInfo", scene.RequesterAccount, stranger),
		"the requester's region is another one":  endOfConnection("requesterVpcInfo", scene.RequesterRegion, "ap-south-1"),
		"the accepter's account is another one":  endOfConnection("accepterVpcInfo", scene.AccepterAccount, stranger),
		"the accepter's region is another one":   endOfConnection("accepterVpcInfo", scene.AccepterRegion, "ap-south-1"),
	} {
		for adoption, policy := range map[string]v1alpha1.AdoptionPolicy{"made by us": v1alpha1.AdoptNever, "made by others": v1alpha1.AdoptUseExisting} {
			t.Run(name+", "+adoption, func(t *testing.T) {
				t.Parallel()
				w := newSmallWorld(t)
				if policy == v1alpha1.AdoptUseExisting {
					w.requestByHand(w.pair.Requester)
				}
				w.restartWith(w.kube, answer)
				object := w.reconcile(w.peering("eu-us", func(object *v1alpha1.VPCPeering) { object.Spec.AdoptionPolicy = policy }))
				id := *w.live(w.pair.Requester)[0].VpcPeeringConnectionId
				for _, part := range []string{id + " was not accepted, because it joins " + w.pair.Requester.VPCID, strings.Trim(answer.said, "<>"), w.pair.Accepter.VPCID} {
					w.wants(object, v1alpha1.ConditionPeeringActive, metav1.ConditionFalse, v1alpha1.ReasonUnexpectedPeering, part)
				}
				w.wants(object, v1alpha1.ConditionStalled, metav1.ConditionTrue, v1alpha1.ReasonUnexpectedPeering, id)
				w.nothingAccepted(id)
			})
		}
	}
}

// requestByHand asks for a connection to the accepter, with a tag that says it is ours.
func (w *world) requestByHand(from *scene.Network) string {
	w.t.Helper()
	key, owner := v1alpha1.TagOwner, installation+"/"+w.namespace+"/eu-us"
	in := &ec2.CreateVpcPeeringConnectionInput{
		VpcId: &from.VPCID, PeerVpcId: &w.pair.Accepter.VPCID, PeerOwnerId: &w.pair.Accepter.Account, PeerRegion: &w.pair.Accepter.Region,
	}
	if from != w.pair.Requester {
		in.TagSpecifications = []ec2types.TagSpecification{{ResourceType: ec2types.ResourceTypeVpcPeeringConnection, Tags: []ec2types.Tag{{Key: &key, Value: &owner}}}}
	}
	out, err := w.ec2(from).CreateVpcPeeringConnection(w.t.Context(), in)
	if err != nil {
		w.t.Fatal(err)
	}
	return *out.VpcPeeringConnection.VpcPeeringConnectionId
}

// nothingAccepted: nobody asked AWS to accept this connection, and it is as it was.
func (w *world) nothingAccepted(id string) {
	w.t.Helper()
	for _, call := range w.cloud.Journal(awssim.Query{Action: "AcceptVpcPeeringConnection"}) {
		if call.Parameters["VpcPeeringConnectionId"] == id {
			w.t.Errorf("%s was accepted: %s", id, call.Code)
		}
	}
	for _, connection := range w.live(w.pair.Accepter) {
		if *connection.VpcPeeringConnectionId == id && connection.Status.Code != ec2types.VpcPeeringConnectionStateReasonCodePendingAcceptance {
			w.t.Errorf("%s is %s", id, connection.Status.Code)
		}
	}
}

func TestA3AStrangersRequestToOurVPCIsNeverAccepted(t *testing.T) {
	for _, policy := range []v1alpha1.AdoptionPolicy{v1alpha1.AdoptNever, v1alpha1.AdoptUseExisting} {
		t.Run(string(policy), func(t *testing.T) {
			t.Parallel()
			w := newSmallWorld(t)
			theirs, err := scene.AddNetwork(t.Context(), w.accounts, scene.NetworkSpec{Account: stranger, Region: scene.RequesterRegion, Name: "stranger", Blocks: []string{"10.99.0.0/16"}})
			if err != nil {
				t.Fatal(err)
			}
			id := w.requestByHand(theirs)
			object := w.settle(w.peering("eu-us", func(object *v1alpha1.VPCPeering) { object.Spec.AdoptionPolicy = policy }))
			w.nothingAccepted(id)
			if object.Status.PeeringConnectionID == id || object.Status.Adopted {
				t.Errorf("the stranger's request %s was taken for the pair's", id)
			}
			w.remove(object)
			w.nothingAccepted(id)
		})
	}
}
