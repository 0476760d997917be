package telling

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/codebuild"
	"github.com/aws/aws-sdk-go-v2/service/codebuild/types"

	"github.com/pipewarden/pipewarden/integration/estate"
)

// TestAmazonQ plays a finding and its end where Amazon Q posts to Slack: no secret, and the same thread for both.
func TestAmazonQ(t *testing.T) {
	const account = "555566667777"
	ctx := t.Context()
	product, err := shared.product.With(packed(t, byAmazonQ))
	must(t, err)
	defer func() { must(t, product.Close()) }()
	product.Template = shared.amazonQ
	system, err := product.Deploy(ctx, shared.aws, estate.Options{Account: account, Output: output(), Window: 60 * time.Millisecond, Parameters: map[string]string{"AccountName": "prod"}})
	must(t, err)
	defer func() { must(t, system.Close()) }()
	chat, err := estate.Listen(ctx, shared.aws.Config(account, estate.Region), system.Output("ChatTopicArn"))
	must(t, err)

	c := codebuild.NewFromConfig(shared.aws.Config(account, estate.Region))
	out, err := c.CreateProject(ctx, estate.NewProject("web"))
	must(t, err)
	turn := func(v types.ProjectVisibilityType) {
		_, err := c.UpdateProjectVisibility(ctx, &codebuild.UpdateProjectVisibilityInput{ProjectArn: out.Project.Arn, ProjectVisibility: v, ResourceAccessRole: out.Project.ServiceRole})
		must(t, err)
	}
	there := func(path, id string) string {
		return strings.ReplaceAll(sample(t, path, "project/payments-api", "project/web", id), estate.Account, account)
	}
	turn(types.ProjectVisibilityTypePublicRead)
	must(t, system.Deliver(ctx, there(shown, "opened"), there(shown, "opened")))
	must(t, system.Settle(ctx))
	turn(types.ProjectVisibilityTypePrivate)
	must(t, system.Deliver(ctx, there(hidden, "closed")))
	must(t, system.Settle(ctx))
	safe := estate.NewProject("vault")
	safe.Environment.EnvironmentVariables = append(safe.Environment.EnvironmentVariables, types.EnvironmentVariable{
		Name: aws.String("GITHUB_TOKEN"), Value: aws.String("ghp_" + planted), Type: types.EnvironmentVariableTypePlaintext,
	})
	_, err = c.CreateProject(ctx, safe)
	must(t, err)
	must(t, system.Sweep(ctx))
	must(t, system.Report(ctx, true))
	must(t, system.Settle(ctx))

	all, err := chat.Heard(ctx)
	must(t, err)
	var lines []string
	threads := map[string]int{}
	for _, body := range all {
		leaks(t, "a notification", body)
		var n struct {
			Version, Source string
			Content         struct{ TextType, Title string }
			Metadata        struct {
				ThreadID  string `json:"threadId"`
				EventType string `json:"eventType"`
			}
		}
		must(t, json.Unmarshal([]byte(body), &n))
		if _, known := threads[n.Metadata.ThreadID]; !known {
			threads[n.Metadata.ThreadID] = len(threads) + 1
		}
		lines = append(lines, fmt.Sprintf("%s %s %s, thread %d, %s: %s", n.Version, n.Source, n.Content.TextType, threads[n.Metadata.ThreadID], n.Metadata.EventType, n.Content.Title))
	}
	compare(t, "amazonq.txt", strings.Join(lines, "\n")+"\n")
}
