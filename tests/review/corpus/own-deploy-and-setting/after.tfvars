images = {
  save    = "111122223333.dkr.ecr.us-east-1.amazonaws.com/storyizer/save@sha256:e3e3e3e3e3e3e3e3e3e3e3e3e3e3e3e3e3e3e3e3e3e3e3e3e3e3e3e3e3e3e3e3"
  website = "111122223333.dkr.ecr.us-east-1.amazonaws.com/storyizer/website@sha256:f4f4f4f4f4f4f4f4f4f4f4f4f4f4f4f4f4f4f4f4f4f4f4f4f4f4f4f4f4f4f4f4"
  words   = "111122223333.dkr.ecr.us-east-1.amazonaws.com/storyizer/words@sha256:c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1"
}
