package access

import (
	"context"
	"encoding/base64"
	"encoding/pem"
	"errors"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/rest"
	testingclock "k8s.io/utils/clock/testing"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
	"github.com/crossvpc/crossvpc/test/kubeconfig"
)

const arn = "arn:aws:iam::222222222222:role/crossvpc"

// eksAccount is an account with one cluster, which a test changes.
type eksAccount struct {
	id          string
	description Description
	entry       Entry
	err         error // of Describe and Entry
	tokenErr    error
	describes   int
	entries     int
	made        int
}

// identified is an account as an identity sees it that may be changed later.
type identified struct {
	*eksAccount

	id string
}

func (i identified) ID() string { return i.id }

func (a *eksAccount) Account(context.Context, *v1alpha1.PeeredCluster) (Account, error) {
	return identified{a, a.id}, nil
}
func (a *eksAccount) Drop(string)                               { a.made++ }
func (a *eksAccount) Principal(context.Context) (string, error) { return arn, nil }

func (a *eksAccount) Token(context.Context) (string, error) {
	return "k8s-aws-v1." + kubeconfig.Token + strings.Repeat("x", a.made), a.tokenErr
}

func (a *eksAccount) Describe(context.Context) (Description, error) {
	a.describes++
	return a.description, a.err
}

func (a *eksAccount) Entry(context.Context, string) (Entry, error) {
	a.entries++
	return a.entry, a.err
}

// eksWorld is a PeeredCluster by EKS, and a clock.
type eksWorld struct {
	*eksAccount

	t     *testing.T
	clock *testingclock.FakePassiveClock
	way   *EKS
}

func newEKSWorld(t *testing.T) *eksWorld {
	t.Helper()
	w := &eksWorld{t: t, eksAccount: &eksAccount{id: "one"}, clock: testingclock.NewFakePassiveClock(time.Date(2026, 11, 30, 12, 0, 0, 0, time.UTC))}
	w.way = NewEKS(w, w.clock)
	return w
}

func (w *eksWorld) access() (*Access, error) {
	object := &v1alpha1.PeeredCluster{ObjectMeta: metav1.ObjectMeta{Name: "us"}}
	object.Spec.Access.EKS = &v1alpha1.EKSAccess{Name: "prod-us", Region: "us-east-1"}
	return w.way.Access(w.t.Context(), object)
}

func (w *eksWorld) mustAccess() *Access {
	w.t.Helper()
	found, err := w.access()
	if err != nil {
		w.t.Fatal(err)
	}
	return found
}

// serve has an API server stand behind the cluster.
func (w *eksWorld) serve(handler http.HandlerFunc) *httptest.Server {
	w.t.Helper()
	server := httptest.NewUnstartedServer(handler)
	server.Config.ErrorLog = log.New(io.Discard, "", 0) // handshakes that fail on purpose
	server.StartTLS()
	w.t.Cleanup(server.Close)
	w.description = Description{Status: "ACTIVE", Endpoint: server.URL, CA: pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw})}
	return server
}

// get asks the API server as a client of the access does.
func (w *eksWorld) get(found *Access) (int, error) {
	w.t.Helper()
	client, err := rest.HTTPClientFor(found.Config)
	if err != nil {
		w.t.Fatal(err)
	}
	defer client.CloseIdleConnections()
	request, err := http.NewRequestWithContext(w.t.Context(), http.MethodGet, found.Config.Host+"/version", http.NoBody)
	if err != nil {
		w.t.Fatal(err)
	}
	response, err := client.Do(request)
	if err != nil {
		return 0, err
	}
	return response.StatusCode, response.Body.Close()
}

func TestEachRequestToAnEKSClusterCarriesATokenOfTheMoment(t *testing.T) {
	w := newEKSWorld(t)
	var seen []string
	w.serve(func(_ http.ResponseWriter, r *http.Request) { seen = append(seen, r.Header.Get("Authorization")) })
	found := w.mustAccess()
	for range 2 {
		if _, err := w.get(found); err != nil {
			t.Fatal(err)
		}
		w.made++
	}
	if len(seen) != 2 || seen[0] != "Bearer k8s-aws-v1."+kubeconfig.Token || seen[1] != seen[0]+"x" {
		t.Errorf("the server saw %v", seen)
	}
}

func TestEndpointAndCAAreReadAgain(t *testing.T) {
	t.Run("after ten minutes, and what changed makes another connection", func(t *testing.T) {
		w := newEKSWorld(t)
		w.serve(func(http.ResponseWriter, *http.Request) {})
		first := w.mustAccess()
		w.clock.SetTime(w.clock.Now().Add(rereadAfter - time.Second))
		if again := w.mustAccess(); again.Source != first.Source || w.describes != 1 {
			t.Errorf("asked %d times before the time", w.describes)
		}
		w.serve(func(http.ResponseWriter, *http.Request) {})
		w.clock.SetTime(w.clock.Now().Add(time.Second))
		if moved := w.mustAccess(); moved.Source == first.Source || moved.Config.Host != w.description.Endpoint {
			t.Error("another endpoint has no effect")
		}
	})
	t.Run("at once when the certificate does not verify, as when EKS rotates the authority", func(t *testing.T) {
		w := newEKSWorld(t)
		server := w.serve(func(http.ResponseWriter, *http.Request) {})
		before := w.description.CA
		w.description.CA = otherCA(t)
		found := w.mustAccess()
		if _, err := w.get(found); err == nil {
			t.Fatal("the certificate of another authority is taken")
		} else if told := found.Explain(Failure{Problem: Unverified, Server: server.URL, Cause: err}); told == nil || !told.Passing {
			t.Errorf("told is %v, want something that passes", told)
		}
		w.description.CA = before
		if code, err := w.get(w.mustAccess()); err != nil || code != http.StatusOK {
			t.Errorf("with the new authority: %d, %v", code, err)
		}
	})
	t.Run("and are kept while AWS can't be asked, but not where they are doubtful or the cluster is gone", func(t *testing.T) {
		w := newEKSWorld(t)
		w.serve(func(http.ResponseWriter, *http.Request) {})
		first := w.mustAccess()
		w.err = Errorf(v1alpha1.ReasonAWSError, nil, "AWS is out of reach")
		w.clock.SetTime(w.clock.Now().Add(time.Hour))
		if w.mustAccess().Source != first.Source {
			t.Error("another source")
		}
		w.way.kept["us"].doubtful.Store(true)
		if _, err := w.access(); err == nil {
			t.Error("what is doubtful is used")
		}
		w.way.kept["us"].doubtful.Store(false)
		w.err = Errorf(v1alpha1.ReasonEKSClusterNotFound, nil, "gone")
		if _, err := w.access(); err == nil {
			t.Error("a cluster that is gone is used")
		}
	})
	t.Run("by another identity", func(t *testing.T) {
		w := newEKSWorld(t)
		w.serve(func(http.ResponseWriter, *http.Request) {})
		first := w.mustAccess()
		w.id = "two"
		if w.mustAccess().Source == first.Source || w.describes != 2 {
			t.Error("the former identity's connection is kept")
		}
		w.way.Forget("us")
		if len(w.way.kept) != 0 {
			t.Error("it is kept after the PeeredCluster is gone")
		}
	})
}

// otherCA is an authority that signed nothing of ours.
func otherCA(t *testing.T) []byte {
	t.Helper()
	certificate, _ := keyPair(t)
	content, err := base64.StdEncoding.DecodeString(certificate)
	if err != nil {
		t.Fatal(err)
	}
	return content
}

func TestWhatEKSNamesIsCheckedAsAKubeConfigIs(t *testing.T) {
	for name, test := range map[string]struct {
		edit func(*Description)
		want string
	}{
		"a cluster that is being created":       {func(d *Description) { *d = Description{Status: "CREATING"} }, "EKS cluster prod-us in us-east-1 is CREATING and has no endpoint yet"},
		"no certificate authority":              {func(d *Description) { d.CA = nil }, "names no usable certificate authority"},
		"an authority that is none":             {func(d *Description) { d.CA = []byte("no") }, "names no usable certificate authority"},
		"an endpoint over plain http":           {func(d *Description) { d.Endpoint = "http://10.0.0.1" }, "server must be an https:// address"},
		"an endpoint that leads to credentials": {func(d *Description) { d.Endpoint = "https://169.254.170.23" }, "server must not be a link-local, metadata"},
	} {
		t.Run(name, func(t *testing.T) {
			w := newEKSWorld(t)
			w.serve(func(http.ResponseWriter, *http.Request) {})
			test.edit(&w.description)
			_, err := w.access()
			expectError(t, err, v1alpha1.ReasonClusterUnreachable, test.want)
		})
	}
	t.Run("and a name that resolves to the metadata service is not dialled", func(t *testing.T) {
		w := newEKSWorld(t)
		w.serve(func(http.ResponseWriter, *http.Request) {})
		found := w.mustAccess()
		if _, err := found.Config.Dial(t.Context(), "tcp", "169.254.169.254:443"); !errors.Is(err, ErrReserved) {
			t.Errorf("error is %v", err)
		}
		expectError(t, found.Explain(Failure{Problem: Reserved, Server: "https://prod"}), v1alpha1.ReasonClusterUnreachable, "the name in https://prod resolves to one")
	})
}

func TestWhyAnEKSClusterRefusesATokenIsFoundOut(t *testing.T) {
	const create = "`aws eks create-access-entry --region us-east-1 --cluster-name prod-us --principal-arn " + arn + " --kubernetes-groups crossvpc`"
	noon := time.Date(2026, 11, 30, 12, 0, 0, 0, time.UTC)
	for name, test := range map[string]struct {
		edit   func(*eksWorld)
		reason string
		parts  []string
	}{
		"there is no access entry": {func(*eksWorld) {}, v1alpha1.ReasonAccessEntryMissing, []string{"EKS cluster prod-us in us-east-1 has no access entry for " + arn, create}},
		"the cluster goes by its ConfigMap": {
			func(w *eksWorld) { w.description.ConfigMapOnly = true }, v1alpha1.ReasonAccessEntryMissing,
			[]string{"authenticationMode CONFIG_MAP", "`aws eks update-cluster-config --region us-east-1 --name prod-us --access-config authenticationMode=API_AND_CONFIG_MAP`", create},
		},
		"the operator's clock is behind": {
			func(w *eksWorld) { w.entry = Entry{Exists: true, AWSTime: noon.Add(16 * time.Minute)} }, v1alpha1.ReasonTokenRefused,
			[]string{"the operator's clock is 16 minutes behind the clock of AWS"},
		},
		"the operator's clock is ahead": {
			func(w *eksWorld) { w.entry = Entry{Exists: true, AWSTime: noon.Add(-time.Hour)} }, v1alpha1.ReasonTokenRefused,
			[]string{"the operator's clock is 60 minutes ahead of the clock of AWS"},
		},
		"there is an access entry": {
			func(w *eksWorld) { w.entry = Entry{Exists: true, AWSTime: noon} }, v1alpha1.ReasonTokenRefused,
			[]string{"although its access entry exists", "aws eks delete-access-entry", create},
		},
	} {
		t.Run(name, func(t *testing.T) {
			w := newEKSWorld(t)
			w.serve(func(rw http.ResponseWriter, _ *http.Request) { rw.WriteHeader(http.StatusUnauthorized) })
			test.edit(w)
			found := w.mustAccess()
			_, err := w.get(found)
			for _, part := range test.parts {
				expectError(t, err, test.reason, part)
			}
			if _, err := w.get(found); w.entries != 1 || w.made != 1 || err == nil {
				t.Errorf("AWS was asked %d times and %d tokens were dropped within a moment", w.entries, w.made)
			}
			w.clock.SetTime(w.clock.Now().Add(refusalHolds))
			if _, err := w.get(found); w.entries != 2 || err == nil {
				t.Errorf("AWS was asked %d times after a while", w.entries)
			}
		})
	}
	t.Run("and where that is denied, both are named", func(t *testing.T) {
		w := newEKSWorld(t)
		w.serve(func(rw http.ResponseWriter, _ *http.Request) { rw.WriteHeader(http.StatusUnauthorized) })
		found := w.mustAccess()
		w.err = Errorf(v1alpha1.ReasonPermissionDenied, nil, "denied")
		_, err := w.get(found)
		expectError(t, err, v1alpha1.ReasonTokenRefused, "It needs an access entry: "+create)
		expectError(t, err, v1alpha1.ReasonTokenRefused, "eks:DescribeAccessEntry")
	})
}

func TestNoRequestIsSentWithoutAToken(t *testing.T) {
	w := newEKSWorld(t)
	asked := 0
	w.serve(func(http.ResponseWriter, *http.Request) { asked++ })
	found := w.mustAccess()
	w.tokenErr = Errorf(v1alpha1.ReasonPermissionDenied, nil, "sts:AssumeRole is denied")
	_, err := w.get(found)
	expectError(t, err, v1alpha1.ReasonPermissionDenied, "sts:AssumeRole is denied")
	if asked != 0 {
		t.Errorf("%d requests were sent", asked)
	}
}

func TestSilenceOfAnEKSClusterIsToldByTheAddressThatWasDialled(t *testing.T) {
	for name, test := range map[string]struct {
		address     string
		description Description
		parts       []string
	}{
		"a private address": {
			"10.12.0.5:443", Description{},
			[]string{
				"The address that was dialled, 10.12.0.5, is a private one in the cluster's VPC, which no other VPC reaches before the peering is up",
				"`aws eks update-cluster-config --region us-east-1 --name prod-us --resources-vpc-config endpointPublicAccess=true,endpointPrivateAccess=true,publicAccessCidrs=<the operator's public address>/32`",
				"run crossvpc where it can reach both clusters",
			},
		},
		"a public address that lets others in": {
			"3.4.5.6:443", Description{Public: true, PublicCIDRs: []string{"192.0.2.0/24"}},
			[]string{"The address that was dialled is 3.4.5.6. The endpoint's public access must admit", "publicAccessCidrs=192.0.2.0/24,<the operator's public address>/32"},
		},
		"a public address of a private endpoint": {"3.4.5.6:443", Description{}, []string{"The address that was dialled is 3.4.5.6. Check the security groups"}},
	} {
		t.Run(name, func(t *testing.T) {
			w := newEKSWorld(t)
			w.serve(func(http.ResponseWriter, *http.Request) {})
			w.description.Public, w.description.PublicCIDRs = test.description.Public, test.description.PublicCIDRs
			found := w.mustAccess()
			if err := w.way.kept["us"].dialled.dialer().Control("tcp", test.address, nil); err != nil {
				t.Fatal(err)
			}
			told := found.Explain(Failure{Problem: Silent, Server: "https://prod", Said: "does not answer in time", Cause: &net.OpError{}})
			for _, part := range append(test.parts, "API server https://prod does not answer in time. ") {
				expectError(t, told, v1alpha1.ReasonClusterUnreachable, part)
			}
		})
	}
}
