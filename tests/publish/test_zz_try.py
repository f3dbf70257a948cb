import shutil, subprocess
from tests.publish.test_step_by_step import *
@pytest.mark.usefixtures("short")
@pytest.mark.parametrize("seed", range(3,24))
def test_x(outlet, seed):
    story=Story(outlet, random.Random(seed))
    public = outlet.settings.folder / "public"
    told=[]
    for step in range(STEPS):
        told.append(story.happens())
        edition.build(outlet, extras=False)
        old=outlet.settings.folder/'old'
        shutil.rmtree(old, ignore_errors=True); shutil.copytree(public, old)
        try:
            edition.build(outlet, full=True, extras=False)
        except Exception as e:
            print('STEP', seed, step, told[-1], e)
            print(subprocess.run(['diff','-r',str(old),str(public),'-x','manifest*'],capture_output=True,text=True).stdout[:2000])
            raise
