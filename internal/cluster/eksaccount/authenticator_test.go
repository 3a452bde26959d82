package eksaccount

import (
	"context"
	"encoding/base64"
	"errors"
	"net/http"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	awssdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/eks"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/rest"
	"k8s.io/utils/clock"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
	"github.com/crossvpc/crossvpc/internal/aws"
	"github.com/crossvpc/crossvpc/internal/aws/ekstoken"
	"github.com/crossvpc/crossvpc/internal/cluster"
	"github.com/crossvpc/crossvpc/internal/cluster/access"
	"github.com/crossvpc/crossvpc/test/authenticator"
	"github.com/crossvpc/crossvpc/test/awssim"
	"github.com/crossvpc/crossvpc/test/controlplane"
	"github.com/crossvpc/crossvpc/test/scene"
)

const (
	operatorAccount = "111111111111"
	clusterAccount  = "222222222222"
	strangerAccount = "333333333333"
	region          = "us-east-1"
	roleARN         = "arn:aws:iam::" + clusterAccount + ":role/crossvpc"
	strangerARN     = "arn:aws:iam::" + strangerAccount + ":role/crossvpc"
	externalID      = "test/us"
)

// world is a real API server that asks the real authenticator, which asks a simulated STS and knows the access entries of
// a simulated EKS cluster.
type world struct {
	t       *testing.T
	cloud   *awssim.Cloud
	ambient awssdk.Config // of the operator
	owner   *eks.Client   // of the cluster's account
	server  *controlplane.Cluster
}

func newWorld(t *testing.T) *world {
	t.Helper()
	w := &world{t: t, cloud: awssim.New(awssim.Options{})}
	url, err := w.cloud.Listen(t.Context(), "127.0.0.1:0")
	w.ok(err)
	accounts := scene.KeyPerAccount(url)
	w.ambient, err = accounts.Config(t.Context(), operatorAccount, region)
	w.ok(err)
	owner, err := accounts.Config(t.Context(), clusterAccount, region)
	w.ok(err)
	w.owner = eks.NewFromConfig(owner)
	for _, arn := range []string{roleARN, strangerARN} {
		w.ok(w.cloud.DeclareRole(awssim.Role{ARN: arn, Principals: []string{operatorAccount}, ExternalID: externalID}))
	}
	w.startServer(url)
	network, err := scene.AddNetwork(t.Context(), accounts, scene.NetworkSpec{Account: clusterAccount, Region: region, Name: "us", Blocks: []string{"10.12.0.0/16"}, Zones: 2})
	w.ok(err)
	for _, name := range []string{"prod-us", "test-us"} { // both names lead to the one API server, whose id is the first
		_, err := scene.AddCluster(t.Context(), accounts, network, scene.ClusterSpec{Name: name, Nodes: -1})
		w.ok(err)
		w.ok(w.cloud.SetClusterEndpoint(place(), name, w.server.Server(), base64.StdEncoding.EncodeToString(w.server.Config().CAData)))
	}
	return w
}

func place() awssim.Place { return awssim.Place{Account: clusterAccount, Region: region} }

func (w *world) startServer(url string) {
	w.t.Helper()
	webhook, err := authenticator.New(w.t.Context(), authenticator.Options{ClusterID: "prod-us", URL: url, Dir: filepath.Join(w.t.TempDir(), "authenticator")})
	w.ok(err)
	fleet := controlplane.ForTest(w.t, controlplane.Options{Names: []string{"us"}, APIServerFlags: map[string][]string{"us": webhook.Flags()}})
	w.server = fleet.Cluster("us")
	w.ok(webhook.Start(w.t.Context(), w.server))
	webhook.Follow(w.t.Context(), w.cloud, place(), "prod-us")
	_, err = w.server.Kubectl(w.t.Context(), "apply", "--server-side", "-k", "../../../config/cluster")
	w.ok(err)
}

func (w *world) ok(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

// connector is the operator's, by its own clock, with an AWSIdentity us of that role.
func (w *world) connector(role string, c clock.WithTickerAndDelayedExecution) *cluster.Connector {
	w.t.Helper()
	return cluster.NewConnector(access.NewEKS(Accounts{
		Identities: identity{credentials: aws.Identity{Name: "us", RoleARN: role, ExternalID: externalID}},
		Clouds:     aws.NewClients(w.ambient, aws.WithClock(c)),
	}, c))
}

func peeredCluster(name string) *v1alpha1.PeeredCluster {
	object := &v1alpha1.PeeredCluster{ObjectMeta: metav1.ObjectMeta{Name: "us"}}
	object.Spec.Access.EKS = &v1alpha1.EKSAccess{Name: name, Region: region}
	object.Spec.IdentityRef = &v1alpha1.LocalName{Name: "us"}
	object.Spec.Cilium.Namespace = metav1.NamespaceSystem
	return object
}

// identify is what a reconciliation does first.
func (w *world) identify(connector *cluster.Connector, name string) error {
	w.t.Helper()
	connection, err := connector.Connect(w.t.Context(), peeredCluster(name))
	if err != nil {
		return err
	}
	_, err = connection.Identify(w.t.Context())
	return err
}

func (w *world) eventuallyTaken(connector *cluster.Connector) {
	w.t.Helper()
	if known := w.eventually(connector, "prod-us", ""); known != nil {
		w.t.Error(known)
	}
}

const (
	// takesEffect bounds how long an access entry takes to be known, or not to be: the webhook's answers are kept for 10 s, and the
	// machine has other things to do.
	takesEffect = 3 * time.Minute
	pollEvery   = 500 * time.Millisecond
)

// eventually polls until the cluster is used, or refused with a reason.
func (w *world) eventually(connector *cluster.Connector, name, reason string) *access.Error {
	w.t.Helper()
	deadline := time.Now().Add(takesEffect)
	for {
		err := w.identify(connector, name)
		known, _ := errors.AsType[*access.Error](err)
		switch {
		case err == nil && reason == "", known != nil && known.Reason == reason:
			return known
		case time.Now().After(deadline):
			w.t.Fatalf("after %s the cluster is not %q but: %v", takesEffect, reason, err)
		}
		select {
		case <-w.t.Context().Done():
			w.t.Fatal(w.t.Context().Err())
		case <-time.After(pollEvery):
		}
	}
}

// paste runs the command of a message, as who owns the cluster.
func (w *world) paste(message string) {
	w.t.Helper()
	_, rest, _ := strings.Cut(message, "`aws eks create-access-entry ")
	command, _, found := strings.Cut(rest, "`")
	flags := strings.Fields(command)
	if !found || len(flags)%2 != 0 {
		w.t.Fatalf("no command in %q", message)
	}
	value := func(flag string) string {
		if i := slices.Index(flags, flag); i >= 0 {
			return flags[i+1]
		}
		w.t.Fatalf("no %s in %q", flag, command)
		return ""
	}
	if value("--region") != region {
		w.t.Errorf("the region is %s", value("--region"))
	}
	_, err := w.owner.CreateAccessEntry(w.t.Context(), &eks.CreateAccessEntryInput{
		ClusterName: awssdk.String(value("--cluster-name")), PrincipalArn: awssdk.String(value("--principal-arn")), KubernetesGroups: []string{value("--kubernetes-groups")},
	})
	w.ok(err)
}

func (w *world) expectSaying(got *access.Error, parts ...string) {
	w.t.Helper()
	for _, part := range parts {
		if got == nil || !strings.Contains(got.Message, part) {
			w.t.Errorf("the message is %v, want it to say %q", got, part)
		}
	}
	if got != nil && strings.Contains(got.Message, ekstoken.Prefix) {
		w.t.Errorf("the message holds a token: %s", got.Message)
	}
}

func TestTheRealAuthenticatorTakesOurTokensAndRefusesTheOthers(t *testing.T) {
	w := newWorld(t)
	connector := w.connector(roleARN, clock.RealClock{})
	create := "`aws eks create-access-entry --region us-east-1 --cluster-name prod-us --principal-arn " + roleARN + " --kubernetes-groups crossvpc`"

	missing := w.eventually(connector, "prod-us", v1alpha1.ReasonAccessEntryMissing)
	w.expectSaying(missing, "EKS cluster prod-us in us-east-1 has no access entry for "+roleARN, create)

	t.Run("after the command of the message is run, it is taken and has the rights of config/cluster", func(*testing.T) {
		w.paste(missing.Message)
		w.eventuallyTaken(connector)
		connection, err := connector.Connect(t.Context(), peeredCluster("prod-us"))
		w.ok(err)
		w.ok(connection.Current(t.Context()))
		w.ok(connection.Live.List(t.Context(), &corev1.NodeList{}))
		err = connection.Explain(connection.Live.List(t.Context(), &corev1.SecretList{}))
		denied, _ := errors.AsType[*access.Error](err)
		w.expectSaying(denied, "secrets is forbidden", "assumed-role/crossvpc/crossvpc-us", "kubectl apply -k config/cluster", "aws eks update-access-entry")
	})
	t.Run("a token that was made for another cluster's id is refused, although that cluster has an access entry", func(*testing.T) {
		_, err := w.owner.CreateAccessEntry(t.Context(), &eks.CreateAccessEntryInput{ClusterName: awssdk.String("test-us"), PrincipalArn: awssdk.String(roleARN)})
		w.ok(err)
		refused := w.eventually(w.connector(roleARN, clock.RealClock{}), "test-us", v1alpha1.ReasonTokenRefused)
		w.expectSaying(refused, "EKS cluster test-us in us-east-1 refuses the token of "+roleARN+" although its access entry exists")
	})
	t.Run("an identity of another account sees no such cluster, and its token is refused", func(t *testing.T) {
		refused := w.eventually(w.connector(strangerARN, clock.RealClock{}), "prod-us", v1alpha1.ReasonEKSClusterNotFound)
		w.expectSaying(refused, "AWSIdentity us sees no EKS cluster prod-us in us-east-1", "that the identity is one of the cluster's account")
		clouds := aws.NewClients(w.ambient)
		for role, want := range map[string]int{strangerARN: http.StatusUnauthorized, roleARN: http.StatusOK} {
			tokens := clouds.EKSCluster(aws.Identity{Name: "us", RoleARN: role, ExternalID: externalID}, region, "prod-us").Tokens
			if got := w.statusWith(t.Context(), tokens); got != want {
				t.Errorf("a token of %s is answered with %d, want %d", role, got, want)
			}
		}
	})
	t.Run("a token that has expired is refused, and the operator's clock is named", func(*testing.T) {
		late := shifted{clock.RealClock{}, -20 * time.Minute}
		refused := w.eventually(w.connector(roleARN, late), "prod-us", v1alpha1.ReasonTokenRefused)
		w.expectSaying(refused, "refuses the token of "+roleARN+", because the operator's clock is 20 minutes behind the clock of AWS")
	})
	t.Run("a token of an access entry that was revoked is refused, and taken again with a new one", func(*testing.T) {
		_, err := w.owner.DeleteAccessEntry(t.Context(), &eks.DeleteAccessEntryInput{ClusterName: awssdk.String("prod-us"), PrincipalArn: awssdk.String(roleARN)})
		w.ok(err)
		revoked := w.eventually(connector, "prod-us", v1alpha1.ReasonAccessEntryMissing)
		w.expectSaying(revoked, create)
		w.paste(revoked.Message)
		w.eventuallyTaken(connector)
	})
}

// statusWith is how the API server answers to a token.
func (w *world) statusWith(ctx context.Context, tokens *ekstoken.Source) int {
	w.t.Helper()
	made, err := tokens.Token(ctx)
	w.ok(err)
	config := rest.AnonymousClientConfig(w.server.Config())
	config.BearerToken = made.Value
	client, err := rest.HTTPClientFor(config)
	w.ok(err)
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, config.Host+"/api/v1/nodes", http.NoBody)
	w.ok(err)
	response, err := client.Do(request)
	w.ok(err)
	w.ok(response.Body.Close())
	return response.StatusCode
}

// shifted is a clock that goes wrong by an amount.
type shifted struct {
	clock.RealClock

	by time.Duration
}

func (s shifted) Now() time.Time                  { return s.RealClock.Now().Add(s.by) }
func (s shifted) Since(t time.Time) time.Duration { return s.Now().Sub(t) }
